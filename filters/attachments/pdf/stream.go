package pdf

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// dict is what a stream's dictionary says, as far as it matters.
type dict struct {
	names   map[string]bool
	filters int // how many filters the data went through
}

func (d dict) has(name string) bool { return d.names[name] }

// describe reads the names of a dictionary.
func describe(b []byte) dict {
	d := dict{names: map[string]bool{}}
	for i := 0; i < len(b); i++ {
		if b[i] != '/' {
			continue
		}
		name, n, _ := readName(b[i+1:])
		if d.names[name] = true; isFilter(name) {
			d.filters++
		}
		i += n
	}
	return d
}

func isFilter(name string) bool {
	switch name {
	case "FlateDecode", "Fl", "ASCIIHexDecode", "AHx", "ASCII85Decode", "A85", "LZWDecode", "LZW", "RunLengthDecode", "RL", "DCTDecode", "DCT",
		"JPXDecode", "CCITTFaxDecode", "CCF", "JBIG2Decode", "Crypt":
		return true
	}
	return false
}

// inflaters lends what unpacks streams: each has 40 kB of tables.
var inflaters = sync.Pool{New: func() any { return new(io.ReadCloser) }}

// unpack undoes a stream's filter. ok is false where there is another than Flate, or a limit is reached.
func (s *scanner) unpack(d dict, body []byte) (out []byte, ok bool) {
	switch {
	case d.filters == 0:
		return body, true
	case d.filters > 1 || !d.has("FlateDecode") && !d.has("Fl"):
		return nil, false
	}
	slot := inflaters.Get().(*io.ReadCloser)
	defer inflaters.Put(slot)
	if err := start(slot, body); err != nil {
		return nil, false
	}
	out = make([]byte, 0, min(4*len(body)+512, s.left+1))
	for len(out) <= s.left {
		if len(out) == cap(out) {
			out = append(out, 0)[:len(out)]
		}
		n, err := (*slot).Read(out[len(out):cap(out)])
		if out = out[:len(out)+n]; err != nil {
			s.left -= len(out)
			return out, err == io.EOF || len(out) > 0
		}
	}
	out = out[:s.left]
	s.left = 0
	return out, false
}

// start points the inflater of a slot to new data.
func start(slot *io.ReadCloser, body []byte) (err error) {
	if *slot == nil {
		*slot, err = zlib.NewReader(bytes.NewReader(body))
		return err
	}
	return (*slot).(zlib.Resetter).Reset(bytes.NewReader(body), nil)
}
