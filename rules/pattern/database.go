//go:build hyperscan

package pattern

/*
#cgo pkg-config: libhs
#cgo noescape weir_scan
#cgo nocallback weir_scan
#include <stdlib.h>
#include <hs.h>

struct found {
	unsigned int *ids;
	unsigned int count, room;
};

static int on_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *context) {
	struct found *f = context;
	if (f->count == f->room)
		return 1;
	f->ids[f->count++] = id;
	return 0;
}

// weir_scan writes the ids of the expressions that match, and returns how many; -1: the scan failed, or there is no room.
static int weir_scan(const hs_database_t *db, const char *text, unsigned int length, hs_scratch_t *scratch, unsigned int *ids, unsigned int room) {
	struct found f = {ids, 0, room};
	return hs_scan(db, text, length, 0, scratch, on_match, &f) == HS_SUCCESS ? (int)f.count : -1;
}
*/
import "C"

import (
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
	ids    []uint32
}

// maxDatabase bounds a database, in bytes.
const maxDatabase = 128 << 20

// Each expression is reported once, and may be compiled to one that finds more: what is found is verified.
const screenFlags = C.HS_FLAG_SINGLEMATCH | C.HS_FLAG_PREFILTER | C.HS_FLAG_ALLOWEMPTY | C.HS_FLAG_DOTALL

// newDatabase compiles expressions. Where that fails, bad is the index of the one that the library refuses; -1: it is none of them.
func newDatabase(expressions []string, ids []uint32) (d *database, bad int) {
	if !usable() {
		return nil, -1
	}
	n := len(expressions)
	texts, flags := cStrings(expressions), make([]C.uint, n)
	defer texts.free()
	for i := range flags {
		flags[i] = screenFlags
	}
	var handle *C.hs_database_t
	var refusal *C.hs_compile_error_t
	code := C.hs_compile_multi(texts.first(), &flags[0], (*C.uint)(unsafe.SliceData(ids)), C.uint(n), C.HS_MODE_BLOCK, nil, &handle, &refusal)
	if code != C.HS_SUCCESS {
		defer C.hs_free_compile_error(refusal)
		return nil, int(refusal.expression)
	}
	d = &database{handle: handle, size: n}
	runtime.AddCleanup(d, func(h *C.hs_database_t) { C.hs_free_database(h) }, handle)
	var bytes C.size_t
	if C.hs_database_size(handle, &bytes) != C.HS_SUCCESS || bytes > maxDatabase {
		return nil, -1
	}
	return d, 0
}

// scan adds the ids of all expressions that match in text. false: it is not known which.
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
	n := C.weir_scan(d.handle, (*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.uint(len(text)), s.handle, (*C.uint)(unsafe.SliceData(s.ids)), C.uint(len(s.ids)))
	for i := range int(n) {
		picks.addOne(int32(s.ids[i]))
	}
	d.scratches.Put(s)
	runtime.KeepAlive(d)
	return n >= 0
}

// newScratch makes memory for one more goroutine; nil: there is none.
func (d *database) newScratch() *scratch {
	s := &scratch{ids: make([]uint32, d.size)}
	if C.hs_alloc_scratch(d.handle, &s.handle) != C.HS_SUCCESS {
		return nil
	}
	runtime.AddCleanup(s, func(h *C.hs_scratch_t) { C.hs_free_scratch(h) }, s.handle)
	return s
}

// cTexts are strings in C's memory.
type cTexts []*C.char

func cStrings(list []string) cTexts {
	out := make(cTexts, len(list))
	for i, s := range list {
		out[i] = C.CString(s)
	}
	return out
}

func (t cTexts) first() **C.char { return unsafe.SliceData(t) }

func (t cTexts) free() {
	for _, s := range t {
		C.free(unsafe.Pointer(s))
	}
}
