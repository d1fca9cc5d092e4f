package archive

import (
	"slices"

	"weir/message/archive/lzma"
)

// sevenMagic begins a 7z archive.
const sevenMagic = "7z\xbc\xaf\x27\x1c"

// The methods of 7z that are unpacked or recognised (7-Zip's Methods.txt).
const (
	methodCopy    = 0x00
	methodDelta   = 0x03
	methodLZMA    = 0x030101
	methodLZMA2   = 0x21
	methodBCJ     = 0x03030103
	methodBCJ2    = 0x0303011b
	methodDeflate = 0x040108
	methodBzip2   = 0x040202
	methodZstd    = 0x04f71101
	methodAES     = 0x06f10701
)

// otherBranch tells whether a method only turns the targets of jumps of another processor round: what is in a program can
// be recognised without undoing it.
func otherBranch(method uint64) bool {
	switch method {
	case 4, 5, 6, 7, 8, 9, 0x0a, 0x0b, 0x03030205, 0x03030401, 0x03030501, 0x03030701, 0x03030805:
		return true
	}
	return false
}

// seven goes through a 7z archive.
func seven(c *container) {
	at := sevenStart(c.data)
	if at < 0 {
		c.whole(Broken)
		return
	}
	s := &sevenZip{container: c, body: c.data[at+32:]}
	offset, size := little.Uint64(c.data[at+12:]), little.Uint64(c.data[at+20:])
	if offset > uint64(len(s.body)) || size > uint64(len(s.body))-offset {
		c.whole(Broken)
		return
	}
	if size == 0 {
		return // an archive without files
	}
	s.header(s.body[offset:offset+size], 0)
}

// sevenStart finds the signature, in front of which a program may stand.
func sevenStart(data []byte) int {
	for at := 0; at+32 <= len(data) && at < programBytes; at++ {
		if string(data[at:at+len(sevenMagic)]) == sevenMagic && data[at+6] == 0 {
			return at
		}
	}
	return -1
}

// sevenZip is a 7z archive that is being read.
type sevenZip struct {
	*container
	body []byte // behind the signature header: packed streams, then the header
}

// header reads the list of files. It may be packed itself, and more than once.
func (s *sevenZip) header(b []byte, depth int) {
	r := &sevenData{b: b}
	switch r.byte() {
	case idHeader:
		s.list(r)
	case idEncodedHeader:
		st := r.streams()
		if r.bad || len(st.folders) == 0 || depth > 3 {
			s.whole(Broken)
			return
		}
		list, why := s.folder(&st, 0)
		if why != None {
			s.whole(why)
			return
		}
		s.header(slices.Clone(list), depth+1)
	default:
		s.whole(Broken)
	}
}

// list goes through the files of an unpacked header.
func (s *sevenZip) list(r *sevenData) {
	st, files := r.archive()
	if r.bad && len(files) == 0 {
		s.whole(Broken)
		return
	}
	folder, index := 0, 0 // of the next stream
	var open opened
	for i := range files {
		f := &files[i]
		size, ok := int64(0), true
		if !f.empty {
			for folder < len(st.folders) && index >= len(st.folders[folder].files) {
				folder, index, open = folder+1, 0, opened{}
			}
			if ok = folder < len(st.folders); ok {
				size = st.folders[folder].files[index]
				index++
			}
		}
		if !s.one(f, size, ok, &st, folder, &open) {
			return
		}
	}
	if r.bad {
		s.whole(Broken)
	}
}

// opened is a folder that was unpacked: its files one after another.
type opened struct {
	done bool
	data []byte
	why  Problem
	at   int64
}

// one shows a file. It returns false when the work is to end.
func (s *sevenZip) one(f *sevenFile, size int64, ok bool, st *sevenStreams, folder int, open *opened) bool {
	e := s.entry(f.name, f.kind(), size)
	if e == nil {
		return false
	}
	from := open.at
	open.at += size
	switch {
	case !ok:
		e.Problem = Broken
	case f.empty || e.Kind != File:
	case st.folders[folder].encrypted():
		e.Problem = Encrypted
	case s.want(e):
		if !open.done {
			open.done = true
			open.data, open.why = s.folder(st, folder)
		}
		e.Data = open.data[min(from, int64(len(open.data))):min(open.at, int64(len(open.data)))]
		if int64(len(e.Data)) < size {
			e.Problem = max(open.why, Broken)
		}
	}
	s.show(e)
	return true
}

// folder unpacks a folder: the output of the coder that no other one takes.
func (s *sevenZip) folder(st *sevenStreams, i int) ([]byte, Problem) {
	f := &st.folders[i]
	if f.encrypted() {
		return nil, Encrypted
	}
	last := -1
	for k := range f.coders {
		if !f.bound(k) {
			last = k
		}
	}
	if last < 0 {
		return nil, Broken
	}
	p := &pipe{sevenZip: s, folder: f, packs: st.packs}
	return p.output(last)
}

// pipe runs the coders of a folder.
type pipe struct {
	*sevenZip
	folder *sevenFolder
	packs  []stretch64
	busy   uint64 // coders under way: a ring of them would never end
}

// output is what comes out of coder k.
func (p *pipe) output(k int) ([]byte, Problem) {
	if p.busy&(1<<k) != 0 {
		return nil, Broken
	}
	p.busy |= 1 << k
	defer func() { p.busy &^= 1 << k }()
	c := &p.folder.coders[k]
	var ins [4][]byte
	for i := range c.in {
		in, why := p.input(c.first + i)
		if why != None && len(in) == 0 {
			return nil, why
		}
		ins[i] = in
	}
	return p.run(c, ins, p.folder.sizes[k])
}

// input is what goes into an input stream: another coder's output, or a packed stream.
func (p *pipe) input(i int) ([]byte, Problem) {
	for _, b := range p.folder.binds {
		if b.in == i {
			return p.output(b.out)
		}
	}
	for k, in := range p.folder.packed {
		if n := p.folder.firstPack + k; in == i && n < len(p.packs) {
			at := p.packs[n]
			end := int64(len(p.body))
			return p.body[min(at.from, end):min(at.to, end)], None
		}
	}
	return nil, Broken
}

// run undoes one method.
func (p *pipe) run(c *sevenCoder, ins [4][]byte, size int64) ([]byte, Problem) {
	in := ins[0]
	switch {
	case c.method == methodCopy:
		return in, None
	case c.method == methodLZMA && len(c.props) == 5:
		return p.lzma(size, len(in), func(s *lzma.Sink) error { return lzma.Decode(s, in, c.props[0], size) })
	case c.method == methodLZMA2:
		return p.lzma(size, len(in), func(s *lzma.Sink) error { _, err := lzma.Decode2(s, in); return err })
	case c.method == methodDeflate:
		out, why, _ := p.inflate(in, size, int64(len(in)))
		return out, why
	case c.method == methodBzip2:
		return p.bunzip(in, size)
	case c.method == methodZstd:
		return p.zstd(&input{w: p.Walker, data: in}, size, int64(len(in)))
	case c.method == methodBCJ:
		return p.changed(in, unBCJ)
	case c.method == methodDelta && len(c.props) == 1:
		return p.changed(in, func(b []byte) { undelta(b, int(c.props[0])+1) })
	case c.method == methodBCJ2 && c.in == 4:
		return p.bcj2(ins, size)
	case otherBranch(c.method):
		return in, None
	}
	return nil, Unsupported
}

// lzma unpacks into memory of its own where a folder has several streams, so that they do not share one buffer.
func (p *pipe) lzma(size int64, packed int, run func(*lzma.Sink) error) ([]byte, Problem) {
	if len(p.folder.coders) > 2 {
		p.buffers[len(p.trail)] = nil
	}
	p.buffer(0)
	out, why := p.sink(size, int64(packed), run)
	if len(p.folder.coders) > 2 {
		p.buffers[len(p.trail)] = nil
	}
	return out, why
}

// changed runs a filter over bytes in place, unless they are the message itself.
func (p *pipe) changed(b []byte, filter func([]byte)) ([]byte, Problem) {
	if len(b) > 0 && len(p.body) > 0 && inside(b, p.body) {
		if int64(len(b)) > p.left {
			return nil, TooLarge
		}
		p.left -= int64(len(b))
		b = slices.Clone(b)
	}
	filter(b)
	return b, None
}
