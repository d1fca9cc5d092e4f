package archive

// maxCoders is how many coders a folder may have; 7-Zip allows 32.
const maxCoders = 32

// streams reads StreamsInfo: packed streams, folders, and the sizes of files in them.
func (r *sevenData) streams() (st sevenStreams) {
	divided := false
	for !r.bad {
		switch r.byte() {
		case idEnd:
			if !divided {
				st.undivided()
			}
			return st
		case idPackInfo:
			st.packs = r.packs()
		case idUnpackInfo:
			st.folders = r.folders()
		case idSubStreams:
			r.divide(&st)
			divided = true
		default:
			r.bad = true
		}
	}
	return st
}

// undivided makes each folder one file.
func (st *sevenStreams) undivided() {
	for i := range st.folders {
		f := &st.folders[i]
		f.files = []int64{f.size()}
	}
}

// size is what comes out of the folder.
func (f *sevenFolder) size() int64 {
	for k := range f.coders {
		if !f.bound(k) && k < len(f.sizes) {
			return f.sizes[k]
		}
	}
	return 0
}

func (r *sevenData) packs() (list []stretch64) {
	at := r.number()
	n := r.count()
	for !r.bad {
		switch r.byte() {
		case idEnd:
			return list
		case idSize:
			for range n {
				size := r.number()
				list = append(list, stretch64{at, at + size})
				at = min(at+size, 1<<60)
			}
		case idCRC:
			r.skipDigests(n)
		default:
			r.bad = true
		}
	}
	return list
}

func (r *sevenData) folders() (list []sevenFolder) {
	if r.byte() != idFolder {
		r.bad = true
		return nil
	}
	n := r.count()
	if r.byte() != 0 { // the folders are elsewhere
		r.bad = true
		return nil
	}
	pack := 0
	for i := 0; i < n && !r.bad; i++ {
		f := r.folder()
		f.firstPack = pack
		pack += len(f.packed)
		list = append(list, f)
	}
	for !r.bad {
		switch r.byte() {
		case idEnd:
			return list
		case idUnpackSize:
			for i := range list {
				list[i].sizes = make([]int64, len(list[i].coders))
				for k := range list[i].sizes {
					list[i].sizes[k] = r.number()
				}
			}
		case idCRC:
			has := r.skipDigests(n)
			for i := range list {
				list[i].crc = has == nil || has[i]
			}
		default:
			r.bad = true
		}
	}
	return nil
}

// folder reads coders and how they are joined.
func (r *sevenData) folder() (f sevenFolder) {
	n := r.count()
	if n == 0 || n > maxCoders {
		r.bad = true
		return f
	}
	ins := 0
	for i := 0; i < n && !r.bad; i++ {
		c := r.coder()
		c.first = ins
		ins += c.in
		f.coders = append(f.coders, c)
	}
	f.sizes = make([]int64, len(f.coders))
	for range n - 1 {
		b := struct{ in, out int }{int(r.number()), int(r.number())}
		if b.in >= ins || b.out >= n {
			r.bad = true
			return f
		}
		f.binds = append(f.binds, b)
	}
	packed := ins - len(f.binds)
	switch {
	case packed < 1:
		r.bad = true
	case packed == 1:
		f.packed = []int{f.unbound(ins)}
	default:
		for range packed {
			f.packed = append(f.packed, int(r.number()))
		}
	}
	return f
}

// unbound is the input stream that no coder feeds.
func (f *sevenFolder) unbound(ins int) int {
next:
	for i := range ins {
		for _, b := range f.binds {
			if b.in == i {
				continue next
			}
		}
		return i
	}
	return 0
}

func (r *sevenData) coder() (c sevenCoder) {
	flags := r.byte()
	for _, b := range r.bytes(int64(flags & 15)) {
		c.method = c.method<<8 | uint64(b)
	}
	c.in = 1
	out := int64(1)
	if flags&0x10 != 0 {
		in := r.number()
		out = r.number()
		c.in = int(min(in, 5))
	}
	if c.in < 1 || c.in > 4 || out != 1 || flags&0xc0 != 0 {
		r.bad = true
	}
	if flags&0x20 != 0 {
		c.props = r.bytes(r.number())
	}
	return c
}

// divide reads SubStreamsInfo: how many files a folder holds, and how large all but the last are.
func (r *sevenData) divide(st *sevenStreams) {
	counts := make([]int, len(st.folders))
	for i := range counts {
		counts[i] = 1
	}
	sized := false
	for !r.bad {
		id := r.byte()
		if id != idNumUnpack && !sized {
			sized = true
			r.fileSizes(st, counts, id == idSize)
			if id == idSize {
				continue
			}
		}
		switch id {
		case idEnd:
			return
		case idNumUnpack:
			for i := range counts {
				counts[i] = r.count()
			}
		case idCRC:
			n := 0
			for i := range counts {
				if counts[i] != 1 || !st.folders[i].crc {
					n += counts[i]
				}
			}
			r.skipDigests(min(n, 8*len(r.b)))
		default:
			r.bad = true
		}
	}
}

// fileSizes gives each file of the folders its size; the last one of a folder has what is left.
func (r *sevenData) fileSizes(st *sevenStreams, counts []int, listed bool) {
	for i := range st.folders {
		f := &st.folders[i]
		left := f.size()
		for k := range counts[i] {
			size := left
			if k < counts[i]-1 {
				size = 0
				if listed {
					size = min(r.number(), left)
				}
			}
			if r.bad {
				return
			}
			f.files = append(f.files, size)
			left -= size
		}
	}
}

// archive reads a header: streams, then files.
func (r *sevenData) archive() (st sevenStreams, files []sevenFile) {
	for !r.bad {
		switch r.byte() {
		case idEnd:
			return st, files
		case idArchiveProps:
			for r.byte() != idEnd && !r.bad {
				r.bytes(r.number())
			}
		case idAdditional:
			r.streams()
		case idMainStreams:
			st = r.streams()
		case idFiles:
			files = r.files()
		default:
			r.bad = true
		}
	}
	return st, files
}

// files reads FilesInfo.
func (r *sevenData) files() []sevenFile {
	list := make([]sevenFile, r.count())
	var empty, emptyFile []bool
	for !r.bad {
		id := r.byte()
		if id == idEnd {
			break
		}
		p := sevenData{b: r.bytes(r.number())}
		switch id {
		case idEmptyStream:
			empty = p.bits(len(list))
		case idEmptyFile:
			emptyFile = p.bits(min(len(list), 8*len(p.b)))
		case idNames:
			p.names(list)
		case idAttributes:
			p.attributes(list)
		}
		r.bad = r.bad || p.bad
	}
	k := 0
	for i := range empty {
		if list[i].empty = empty[i]; empty[i] {
			list[i].emptyFile = k < len(emptyFile) && emptyFile[k]
			k++
		}
	}
	return list
}

func (r *sevenData) names(list []sevenFile) {
	if r.byte() != 0 { // the names are elsewhere
		r.bad = true
		return
	}
	for i := range list {
		list[i].name = r.text()
	}
}

func (r *sevenData) attributes(list []sevenFile) {
	has, _ := r.defined(len(list))
	if r.byte() != 0 {
		r.bad = true
		return
	}
	for i := range list {
		if has == nil || has[i] {
			if b := r.bytes(4); b != nil {
				list[i].attributes = little.Uint32(b)
			}
		}
	}
}
