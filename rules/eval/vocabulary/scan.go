package vocabulary

import (
	"strings"

	"weir/rules/eval/fold"
	"weir/rules/view"
	"weir/rules/view/domain"
)

// place is where words are looked for.
type place int

// The places. What strangers write is short, and what a letter wants stands near its beginning.
const (
	inText    place = iota // the subject and the text, up to textLimit
	inSubject              // the subject
	inName                 // the author's display name
	inAuthor               // the author's domain, its parts as words
	inHosts                // the hosts that links lead to, their parts as words, but for the author's domain
)

var places = map[string]place{"text": inText, "subject": inSubject, "name": inName, "author": inAuthor, "hosts": inHosts}

const (
	textLimit  = 5000 // bytes of folded text
	shortLimit = 600  // of the other places
	hostsLimit = 50   // links that are looked at
)

// found is what a place has.
type found struct {
	counts    []int // kinds of each list
	disguised int
	words     string
}

type scanKey struct {
	room  *Room
	where place
}

// scan looks a place up in all lists, once a mail.
func (r *Room) scan(m *view.Mail, where place) *found {
	return view.Once(m, scanKey{r, where}, func() *found {
		var text fold.Text
		read(m, where, &text)
		f := &found{counts: make([]int, len(r.lists)), disguised: text.Disguised, words: string(text.Words)}
		seen := make([]uint64, len(r.kinds)/64+1)
		eachStart(f.words, func(i int) {
			r.index.at(f.words[i:], func(e *entry) {
				if bit := uint64(1) << (e.kind & 63); seen[e.kind>>6]&bit == 0 {
					seen[e.kind>>6] |= bit
					f.counts[r.kinds[e.kind]]++
				}
			})
		})
		return f
	})
}

// covers tells whether the entries of a list cover all words of a place.
func (r *Room) covers(m *view.Mail, where place, list int) int {
	words := r.scan(m, where).words
	if words == "" {
		return 0
	}
	end := 0 // all is covered up to here
	eachStart(words, func(i int) {
		if i > end {
			return
		}
		r.index.at(words[i:], func(e *entry) {
			if r.kinds[e.kind] != list {
				return
			}
			stop := i + len(e.text)
			if words[i] < 0xE3 && words[stop-1] != ' ' {
				stop += strings.IndexByte(words[stop:]+" ", ' ') + 1
			}
			end = max(end, stop)
		})
	})
	if end >= len(words) {
		return 1
	}
	return 0
}

// read folds what is in a place.
func read(m *view.Mail, where place, text *fold.Text) {
	switch where {
	case inText:
		for _, paragraph := range m.Body() {
			if !text.Fold(paragraph, textLimit) {
				return
			}
		}
	case inSubject:
		subject, _ := m.Get("Subject")
		text.Fold(subject, shortLimit)
	case inName:
		for _, name := range m.List("From:name") {
			text.Fold(name, shortLimit)
		}
	case inAuthor:
		text.Fold(authorDomain(m), shortLimit)
	case inHosts:
		hosts(m, text)
	}
}

// authorDomain is the registered domain of the first author; empty without one.
func authorDomain(m *view.Mail) string {
	authors := m.List("From:addr")
	if len(authors) == 0 {
		return ""
	}
	_, domain, _ := strings.Cut(strings.ToLower(authors[0]), "@")
	return m.Set.Domains().Trim(domain)
}

// hosts folds the hosts of links, each once where it follows itself.
func hosts(m *view.Mail, text *fold.Text) {
	author, last := authorDomain(m), ""
	links := m.URIDetails()
	for i := range min(len(links), hostsLimit) {
		host := domain.OfLink(links[i].Raw)
		if host == "" || host == last || m.Set.Domains().Trim(host) == author {
			continue
		}
		last = host
		text.Fold(host, shortLimit)
	}
}
