package embedded

import (
	"bytes"
	"encoding/binary"
	"time"

	"weir/gateway/store/entry"
	"weir/gateway/store/key"
)

// page is a bucket of entries as it is stored: one record after another, each
//
//	key (24), length of what follows (2, big-endian), end (5), content
type page []byte

const recordHead = key.Size + 2

// next gives the end of the record that begins at i; len(p)+1 where the page is damaged.
func (p page) next(i int) int {
	if len(p)-i < recordHead {
		return len(p) + 1
	}
	return i + recordHead + int(binary.BigEndian.Uint16(p[i+key.Size:]))
}

// find gives where the record of a key begins and ends; -1 where there is none. A damaged page ends where the damage is.
func (p page) find(k *key.Key) (start, end int) {
	for i := 0; i < len(p); {
		n := p.next(i)
		if n > len(p) {
			break
		}
		if bytes.Equal(p[i:i+key.Size], k[:]) {
			return i, n
		}
		i = n
	}
	return -1, -1
}

// stored gives what is stored of a key, end and content; nil: nothing.
func (p page) stored(k *key.Key) []byte {
	start, end := p.find(k)
	if start < 0 {
		return nil
	}
	return p[start+recordHead : end]
}

// without takes the record of a key out of the page, in place.
func (p page) without(k *key.Key) page {
	start, end := p.find(k)
	if start < 0 {
		return p
	}
	return append(p[:start], p[end:]...)
}

// with puts an entry into the page, in place where it can. A full page drops what has ended, then what ends first.
func (p page) with(k *key.Key, content []byte, end time.Time, room int, now time.Time) page {
	start, stop := p.find(k)
	if start >= 0 && stop-start == recordHead+entry.EndSize+len(content) {
		entry.Append(p[:start+recordHead], content, end)
		return p
	}
	p = p.without(k)
	if p.count() >= room {
		p = p.makeRoom(room, now)
	}
	p = append(p, k[:]...)
	p = binary.BigEndian.AppendUint16(p, uint16(entry.EndSize+len(content)))
	return entry.Append(p, content, end)
}

func (p page) count() (n int) {
	for i := 0; i < len(p); n++ {
		if i = p.next(i); i > len(p) {
			break
		}
	}
	return n
}

func (p page) makeRoom(room int, now time.Time) page {
	p = p.swept(now)
	for p.count() >= room {
		var first key.Key
		var least time.Time
		p.each(func(k *key.Key, stored []byte) {
			if end, ok := entry.End(stored); !ok || least.IsZero() || end.Before(least) {
				first, least = *k, end
			}
		})
		p = p.without(&first)
	}
	return p
}

// swept takes out what has ended, and what is damaged, in place.
func (p page) swept(now time.Time) page {
	kept := p[:0]
	for i := 0; i < len(p); {
		n := p.next(i)
		if n > len(p) {
			break
		}
		if end, ok := entry.End(p[i+recordHead : n]); ok && end.After(now) {
			kept = append(kept, p[i:n]...)
		}
		i = n
	}
	return kept
}

// each visits the records. stored is valid during the visit only.
func (p page) each(visit func(k *key.Key, stored []byte)) {
	for i := 0; i < len(p); {
		n := p.next(i)
		if n > len(p) {
			return
		}
		k := key.Key(p[i : i+key.Size])
		visit(&k, p[i+recordHead:n])
		i = n
	}
}
