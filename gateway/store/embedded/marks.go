package embedded

import (
	"weir/filters"
	"weir/gateway/store/entry"
	"weir/gateway/store/key"
)

// holds tells whether all marks are what they must be, and what they are.
func (r *run) holds(t *table, path string, marks []filters.Mark) (present []string, ok bool, err error) {
	ok = true
	for _, m := range marks {
		is, err := r.mark(t, path, m.Name)
		if err != nil {
			return nil, false, err
		}
		present = append(present, is)
		ok = ok && is == m.From
	}
	return present, ok, nil
}

func (r *run) mark(t *table, path string, n filters.Name) (string, error) {
	k := r.s.keys.Key("mark", n)
	p, _, err := r.loadMarks(t, path, markPage(t, path, k))
	if err != nil {
		return "", err
	}
	content, _ := entry.Live(p.stored(&k), &t.marks.Family, r.now)
	return string(content), nil
}

func markPage(t *table, path string, k key.Key) pageID {
	return pageID{bucket: "m:" + path, buckets: t.marks.Buckets, index: t.marks.Bucket(k)}
}

// setMark changes a mark. Its page is copied where it belongs to a transaction on its way.
func (r *run) setMark(t *table, path string, m filters.Mark) error {
	k := r.s.keys.Key("mark", m.Name)
	id := markPage(t, path, k)
	p, mine, err := r.loadMarks(t, path, id)
	if err != nil {
		return err
	}
	if !mine {
		p = append(make(page, 0, len(p)+64), p...)
	}
	if m.To == "" {
		p = p.without(&k)
	} else {
		p = p.with(&k, []byte(m.To), r.now.Add(t.marks.Family.TTL), t.marks.Room, r.now)
	}
	r.s.dirty.pages[id] = p
	return nil
}

// loadMarks is load for a page of marks: where the table was emptied since, older pages count no more.
func (r *run) loadMarks(t *table, path string, id pageID) (page, bool, error) {
	if p, ok := r.s.dirty.pages[id]; ok {
		return p, true, nil
	}
	if t.cleared {
		return nil, false, nil
	}
	if f := r.s.flushing; f != nil && f.tables[path] != nil && f.tables[path].cleared {
		return f.pages[id], false, nil
	}
	return r.load(id)
}

func (r *run) marked(op *filters.Marking) error {
	op.Present = nil
	t, path, err := r.table(op.Table)
	if err != nil {
		return err
	}
	for _, n := range op.Names {
		is, err := r.mark(t, path, n)
		if err != nil {
			return err
		}
		op.Present = append(op.Present, is)
	}
	return nil
}
