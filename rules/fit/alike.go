package main

import (
	"bytes"
	"math"
)

// A sketch is what two mails are compared by: for each of many hash functions, the smallest hash of a run of three
// words (Broder 1997). The share of places in which two sketches agree is about the share of runs in common.
type sketch [sketchBands * sketchRows]uint64

const (
	sketchBands = 10 // mails that agree in all rows of any band are taken for copies
	sketchRows  = 4
)

// newSketch looks at the body's words of letters only: digits and other signs are what copies differ in.
func newSketch(raw []byte) (s sketch) {
	for i := range s {
		s[i] = math.MaxUint64
	}
	_, body, ok := bytes.Cut(raw, []byte("\n\n"))
	if !ok {
		_, body, _ = bytes.Cut(raw, []byte("\r\n\r\n"))
	}
	var a, b uint64
	for word := range bytes.FieldsFuncSeq(body, notLetter) {
		c := hash(word)
		s.add(a*3 + b*5 + c*7)
		a, b = b, c
	}
	return s
}

func notLetter(r rune) bool { return r < 'A' || r > 'Z' && r < 'a' || r > 'z' && r < 128 }

// hash is FNV-1a: the same on every run, unlike maphash.
func hash(word []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range word {
		h = (h ^ uint64(c|0x20)) * 1099511628211
	}
	return h
}

func (s *sketch) add(run uint64) {
	for i := range s {
		run = run*6364136223846793005 + 1442695040888963407
		mixed := (run ^ run>>31) * 0x9e3779b97f4a7c15
		s[i] = min(s[i], mixed)
	}
}

// join gives mails that are nearly the same, and all that are linked so, one number.
func join(mails []mail) {
	type key struct {
		band int
		rows [sketchRows]uint64
	}
	first := map[key]int{}
	for i := range mails {
		mails[i].group = i
	}
	for i := range mails {
		for band := range sketchBands {
			k := key{band: band}
			copy(k.rows[:], mails[i].sketch[band*sketchRows:])
			if j, seen := first[k]; seen {
				mails[root(mails, i)].group = root(mails, j)
			} else {
				first[k] = i
			}
		}
	}
	for i := range mails {
		mails[i].group = root(mails, i)
	}
}

func root(mails []mail, i int) int {
	for mails[i].group != i {
		mails[i].group = mails[mails[i].group].group
		i = mails[i].group
	}
	return i
}
