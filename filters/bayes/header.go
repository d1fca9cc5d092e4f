package bayes

import (
	"strings"

	"weir/message"
	"weir/message/address"
	"weir/message/header"
	"weir/scoring/bayes"
)

// readField takes what stands in a field. name is the hash of its name.
type readField func(r *reader, name hash, f *header.Field)

// fields are those that the sender's program writes, and how each is read; nil: only that it is there. What relays and
// receivers add is not among them: a model that learned from it in one place would fail in another.
var fields = map[string]readField{
	"date": (*reader).date, "message-id": (*reader).messageID, "subject": nil,
	"from": nil, "reply-to": nil, "to": (*reader).recipients, "cc": (*reader).recipients, "bcc": (*reader).recipients,
	"in-reply-to": nil, "references": nil, "thread-index": nil, "thread-topic": nil,
	"mime-version": (*reader).exactly, "content-type": nil, "content-transfer-encoding": nil, "content-disposition": nil,
	"content-language": (*reader).value, "content-class": (*reader).value, "accept-language": (*reader).value, "x-accept-language": (*reader).value,
	"x-mailer": (*reader).value, "user-agent": (*reader).value, "x-mimeole": (*reader).value, "organization": (*reader).value,
	"x-priority": (*reader).value, "x-msmail-priority": (*reader).value, "importance": (*reader).value, "priority": (*reader).value,
	"sensitivity": (*reader).value, "auto-submitted": (*reader).value, "x-message-flag": nil, "keywords": nil, "comments": nil,
	"disposition-notification-to": nil, "return-receipt-to": nil, "feedback-id": nil, "dkim-signature": nil,
}

// header takes the tokens of the header.
func (r *reader) header(m *message.Message) {
	r.subject(m)
	r.author(m)
	r.fields(m, fields, bayes.Field)
}

// fields goes over the fields that are in a table.
func (r *reader) fields(m *message.Message, table map[string]readField, kind bayes.Kind) {
	for i := range m.Header.Fields[:min(len(m.Header.Fields), maxFields)] {
		f := &m.Header.Fields[i]
		low, n := fold(f.Name)
		read, known := table[string(low[:n])]
		if !known || m.IsStripped(i) {
			continue
		}
		name := seed.text(f.Name).byte(':')
		r.add(kind, name, f.Name, "")
		r.add(kind, seed.exact(f.Name).byte('='), f.Name, "(so written)")
		if read != nil {
			read(r, name, f)
		}
	}
}

// subject takes the words of the subject and how it is written.
func (r *reader) subject(m *message.Message) {
	s := m.Subject()
	n := r.words(s, 60, bayes.Title, bayes.TitlePair)
	about := seed.text("subject")
	r.count(bayes.Manner, about, "words in the subject", n)
	if f := m.Field("Subject"); f != nil && strings.Contains(f.Value(), "=?") {
		r.add(bayes.Manner, about.text("encoded"), "subject encoded", "")
	}
	if s == "" {
		return
	}
	switch c := s[len(s)-1]; c {
	case '!', '?', '.', '~', ']', ')':
		r.add(bayes.Manner, about.byte(c), "subject ends in", s[len(s)-1:])
	}
	if shouted(s) {
		r.add(bayes.Manner, about.text("capitals"), "subject in capitals", "")
	}
	if strings.Contains(s, "   ") {
		r.add(bayes.Manner, about.text("spread"), "subject with gaps", "")
	}
	r.answer(m, about, s)
}

// answer notes whether a "Re:" goes with fields that an answer has.
func (r *reader) answer(m *message.Message, about hash, s string) {
	re, refers := 0, 0
	if len(s) >= 3 && strings.EqualFold(s[:3], "re:") {
		re = 1
	}
	if m.Field("In-Reply-To") != nil || m.Field("References") != nil {
		refers = 1
	}
	r.add(bayes.Manner, about.text("re").number(re).number(refers), "answer or not, by subject and references", "")
}

// shouted tells whether a text has capitals and no small letters, of ASCII.
func shouted(s string) bool {
	capitals := false
	for i := 0; i < len(s); i++ {
		if 'a' <= s[i] && s[i] <= 'z' {
			return false
		}
		capitals = capitals || 'A' <= s[i] && s[i] <= 'Z'
	}
	return capitals
}

// recipients tells how many there are and whether they are named. Who they are is no token.
func (r *reader) recipients(name hash, f *header.Field) {
	list := address.ParseList(f.Value())
	named := 0
	if len(list) > 0 && list[0].Name != "" {
		named = 1
		if strings.EqualFold(list[0].Name, list[0].Local) || strings.Contains(list[0].Name, "@") {
			named = 2
		}
	}
	r.add(bayes.Value, name.number(magnitude(len(list))).number(named), "number of recipients, and whether they are named:", f.Name)
}

// value takes the words of a value, the first ones.
func (r *reader) value(name hash, f *header.Field) {
	w := words{in: f.Value(), left: 8}
	for w.next() {
		word := w.word[:min(len(w.word), maxWord)]
		r.add(bayes.Value, name.text(word), f.Name, word)
	}
}

// exactly takes a value as it is written.
func (r *reader) exactly(name hash, f *header.Field) {
	v := f.Value()
	v = v[:min(len(v), 40)]
	r.add(bayes.Value, name.exact(v), f.Name, v)
}
