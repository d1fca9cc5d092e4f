//go:build hyperscan

package pattern

/*
#cgo pkg-config: libhs
#cgo noescape weir_scan
#cgo nocallback weir_scan
#include <stdlib.h>
#include <hs.h>

struct found {
	unsigned long long *events;
	unsigned int count, room;
};

static int on_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *context) {
	struct found *f = context;
	if (f->count == f->room)
		return 1;
	f->events[f->count++] = (unsigned long long)id << 32 | to;
	return 0;
}

// weir_scan writes what matches, and where that ends, and returns how many that are; -1: the scan failed, or there is no room.
static int weir_scan(const hs_database_t *db, const char *text, unsigned int length, hs_scratch_t *scratch, unsigned long long *events, unsigned int room) {
	struct found f = {events, 0, room};
	return hs_scan(db, text, length, 0, scratch, on_match, &f) == HS_SUCCESS ? (int)f.count : -1;
}
*/
import "C"

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"unsafe"
)

// Engine names the library that finds the candidates among patterns, and its version; "" there is none for this processor.
func Engine() string {
	if !usable() {
		return ""
	}
	v, _, _ := strings.Cut(C.GoString(C.hs_version()), " ")
	return "Hyperscan " + v
}

// usable tells whether the library runs on this processor: it needs SSSE3 where it was built for x86.
var usable = sync.OnceValue(func() bool { return C.hs_valid_platform() == C.HS_SUCCESS })

// database is a compiled set of expressions. Its memory is the library's, and is given back when the collector finds the database
// unused.
type database struct {
	handle    *C.hs_database_t
	size      int       // expressions
	scratches sync.Pool // of *scratch: one for each goroutine that scans
}

// scratch is the library's memory for one scan at a time.
type scratch struct {
	handle *C.hs_scratch_t
	events []event
}

// maxDatabase bounds a database, in bytes.
const maxDatabase = 64 << 20

// newDatabase compiles expressions. Where that fails, bad is the index of the one that the library refuses; -1: it is none of them.
func newDatabase(list []expression) (d *database, bad int) {
	if !usable() {
		return nil, -1
	}
	texts, flags, ids := cStrings(list), make([]C.uint, len(list)), make([]C.uint, len(list))
	defer texts.free()
	for i, e := range list {
		flags[i], ids[i] = e.flags(), C.uint(e.id)
	}
	var handle *C.hs_database_t
	var refusal *C.hs_compile_error_t
	code := C.hs_compile_multi(texts.first(), &flags[0], &ids[0], C.uint(len(list)), C.HS_MODE_BLOCK, nil, &handle, &refusal)
	if code != C.HS_SUCCESS {
		defer C.hs_free_compile_error(refusal)
		return nil, int(refusal.expression)
	}
	return adopt(handle, len(list)), -1
}

// adopt takes a database over from the library; nil: it is too large.
func adopt(handle *C.hs_database_t, expressions int) *database {
	d := &database{handle: handle, size: expressions}
	runtime.AddCleanup(d, func(h *C.hs_database_t) { C.hs_free_database(h) }, handle)
	if n := d.bytes(); n == 0 || n > maxDatabase {
		return nil
	}
	return d
}

// bytes is the memory that the database takes, in bytes; 0: it is none.
func (d *database) bytes() int {
	var n C.size_t
	if C.hs_database_size(d.handle, &n) != C.HS_SUCCESS {
		return 0
	}
	return int(n)
}

// platform names the library and what of the processor it compiles for.
func platform() string {
	var p C.hs_platform_info_t
	C.hs_populate_platform(&p)
	return fmt.Sprintf("%s %d %x %x %x", C.GoString(C.hs_version()), p.tune, p.cpu_features, p.reserved1, p.reserved2)
}

// serialized gives the database as bytes.
func (d *database) serialized() ([]byte, error) {
	var content *C.char
	var n C.size_t
	code := C.hs_serialize_database(d.handle, &content, &n)
	runtime.KeepAlive(d)
	if code != C.HS_SUCCESS {
		return nil, fmt.Errorf("hyperscan: the database can't be written: error %d", int(code))
	}
	defer C.free(unsafe.Pointer(content))
	return C.GoBytes(unsafe.Pointer(content), C.int(n)), nil
}

// deserialized gives the database that was serialized; nil: the bytes are none of this library and processor.
func deserialized(content []byte, expressions int) *database {
	var handle *C.hs_database_t
	if len(content) == 0 || C.hs_deserialize_database((*C.char)(unsafe.Pointer(&content[0])), C.size_t(len(content)), &handle) != C.HS_SUCCESS {
		return nil
	}
	return adopt(handle, expressions)
}

// flags are how the library is to take an expression. Each is reported once in a text. One that may find too much may be made to find even more where that is cheaper.
func (e *expression) flags() C.uint {
	f := C.uint(C.HS_FLAG_SINGLEMATCH | C.HS_FLAG_ALLOWEMPTY | C.HS_FLAG_DOTALL)
	if !e.exact {
		f |= C.HS_FLAG_PREFILTER
	}
	return f
}

// isTaken asks the library whether it takes an expression at all. That is far cheaper than a failed attempt with all.
func (e *expression) isTaken() bool {
	text := C.CString(e.text)
	defer C.free(unsafe.Pointer(text))
	var info *C.hs_expr_info_t
	var refusal *C.hs_compile_error_t
	if C.hs_expression_info(text, e.flags(), &info, &refusal) != C.HS_SUCCESS {
		C.hs_free_compile_error(refusal)
		return false
	}
	C.free(unsafe.Pointer(info))
	return true
}

// scan adds to picks the patterns that match in text. false: it is not known which.
func (d *database) scan(text []byte, picks *picks) bool {
	if len(text) > math.MaxInt32 {
		return false
	}
	s, _ := d.scratches.Get().(*scratch)
	if s == nil {
		if s = d.newScratch(); s == nil {
			return false
		}
	}
	n := C.weir_scan(d.handle, (*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.uint(len(text)), s.handle, (*C.ulonglong)(unsafe.SliceData(s.events)), C.uint(len(s.events)))
	picks.whole = append(picks.whole, s.events[:max(n, 0)]...)
	d.scratches.Put(s)
	runtime.KeepAlive(d)
	return n >= 0
}

// newScratch makes memory for one more goroutine; nil: there is none.
func (d *database) newScratch() *scratch {
	s := &scratch{events: make([]event, d.size)}
	if C.hs_alloc_scratch(d.handle, &s.handle) != C.HS_SUCCESS {
		return nil
	}
	runtime.AddCleanup(s, func(h *C.hs_scratch_t) { C.hs_free_scratch(h) }, s.handle)
	return s
}

// cTexts are strings in C's memory.
type cTexts []*C.char

func cStrings(list []expression) cTexts {
	out := make(cTexts, len(list))
	for i, e := range list {
		out[i] = C.CString(e.text)
	}
	return out
}

func (t cTexts) first() **C.char { return unsafe.SliceData(t) }

func (t cTexts) free() {
	for _, s := range t {
		C.free(unsafe.Pointer(s))
	}
}
