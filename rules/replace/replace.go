// Package replace writes out the tags of rules files: replace_tag gives a name to a piece of a pattern, and a pattern of a
// rule that replace_rules lists may have <NAME> in the place of the piece. So a word is written once for all the ways in
// which its letters are disguised: /<V><I>agra/i.
//
// A pattern may also ask for a piece before each tag, behind each, or between tags that touch: <pre NAME>, <post NAME>,
// <inter NAME>, of replace_pre, replace_post and replace_inter. Pieces may have tags of their own.
package replace

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Bounds, so that tags within tags can't grow without end.
const (
	maxPasses = 6         // tags within tags
	MaxLength = 512 << 10 // bytes of a pattern that has its tags written out
)

// Place is where a line stands.
type Place struct {
	File string
	Line int
}

// Tags are the tags of all files. The zero value has none, and <NAME> is how they are written.
type Tags struct {
	pieces     [4]map[string]string // by kind
	rules      map[string]Place
	start, end string // "": < and >
}

// kind of a piece.
type kind uint8

const (
	tag kind = iota
	pre
	inter
	post
)

var kinds = map[string]kind{"replace_tag": tag, "replace_pre": pre, "replace_inter": inter, "replace_post": post}

// Set takes a line. known is false if the directive is none of tags; the error says what is wrong with the value.
func (t *Tags) Set(key, value string, at Place) (known bool, err error) {
	if k, ok := kinds[key]; ok {
		return true, t.piece(k, key, value)
	}
	switch key {
	case "replace_rules":
		return true, t.list(value, at)
	case "replace_start":
		t.start = value
	case "replace_end":
		t.end = value
	default:
		return false, nil
	}
	if value == "" {
		return true, fmt.Errorf("%s: nothing that marks a tag", key)
	}
	return true, nil
}

func (t *Tags) piece(k kind, key, value string) error {
	i := strings.IndexAny(value, " \t")
	if i < 0 {
		return fmt.Errorf("%s: a name and a piece of a pattern are needed", key)
	}
	if t.pieces[k] == nil {
		t.pieces[k] = map[string]string{}
	}
	t.pieces[k][value[:i]] = strings.TrimLeft(value[i:], " \t")
	return nil
}

func (t *Tags) list(value string, at Place) error {
	if value == "" {
		return fmt.Errorf("replace_rules: no rule is named")
	}
	if t.rules == nil {
		t.rules = map[string]Place{}
	}
	for name := range strings.FieldsSeq(value) {
		t.rules[name] = at
	}
	return nil
}

// Rules gives the names of the rules that have tags, in order, and where that is said.
func (t *Tags) Rules() iter.Seq2[string, Place] {
	return func(yield func(string, Place) bool) {
		for _, name := range slices.Sorted(maps.Keys(t.rules)) {
			if !yield(name, t.rules[name]) {
				return
			}
		}
	}
}

// Apply writes the tags out in a pattern as a rule has it, with its delimiters. A pattern without tags stays as it is.
func (t *Tags) Apply(pattern string) (string, error) {
	body, flags, ok := apart(pattern)
	if !ok {
		return pattern, nil // the compiler of patterns tells what is wrong
	}
	text := body
	if flags != "" { // a tag at the very beginning stands behind the flags, which matters to <inter>
		text = "(?" + flags + ")" + body
	}
	out, err := t.expand(text)
	if err != nil || out == text {
		return pattern, err
	}
	if flags != "" {
		out = strings.TrimPrefix(out, "(?"+flags+")")
	}
	return "m{" + out + "}" + flags, nil
}

// apart takes the delimiters off.
func apart(pattern string) (body, flags string, ok bool) {
	rest := strings.TrimPrefix(strings.TrimPrefix(pattern, "qr"), "m")
	if rest == "" {
		return "", "", false
	}
	closing := rest[:1]
	if i := strings.IndexByte("{([<", rest[0]); i >= 0 {
		closing = "})]>"[i : i+1]
	}
	end := strings.LastIndex(rest, closing)
	if end < 1 {
		return "", "", false
	}
	return rest[1:end], rest[end+1:], true
}

// expand writes tags out until none is left that has a piece, or some stay within themselves.
func (t *Tags) expand(text string) (string, error) {
	start, end := cmp.Or(t.start, "<"), cmp.Or(t.end, ">")
	for range maxPasses {
		text2, again := t.pass(text, start, end)
		if text = text2; len(text) > MaxLength {
			return "", fmt.Errorf("with its tags written out the pattern has more than %d bytes", MaxLength)
		}
		if !again {
			break
		}
	}
	return text, nil
}

// pass writes out each tag once. again: a piece had tags of its own.
func (t *Tags) pass(text, start, end string) (out string, again bool) {
	var around [4]string
	for _, m := range []struct {
		kind kind
		word string
	}{{pre, "pre "}, {post, "post "}, {inter, "inter "}} {
		var name string
		if text, name = cut(text, start+m.word, end); name != "" {
			around[m.kind] = t.pieces[m.kind][name]
		}
	}
	var b strings.Builder
	for i, piece := range pieces(text, start, end) {
		switch {
		case piece == "":
			b.WriteString(around[inter])
		case i%2 == 0: // between tags
			b.WriteString(piece)
		default:
			replaced := t.one(piece, start, end)
			again = again || replaced != piece && len(pieces(replaced, start, end)) > 1
			b.WriteString(around[pre] + replaced + around[post])
		}
	}
	return b.String(), again
}

// one gives what stands for a tag: itself, if it has no piece.
func (t *Tags) one(piece, start, end string) string {
	name, ok := strings.CutPrefix(piece, start)
	if !ok {
		return piece
	}
	if name, ok = strings.CutSuffix(name, end); !ok {
		return piece
	}
	if text := t.pieces[tag][name]; text != "" {
		return text
	}
	return piece
}

// cut takes the first <word NAME> out of a text.
func cut(text, open, end string) (rest, name string) {
	i := strings.Index(text, open)
	if i < 0 {
		return text, ""
	}
	j := strings.Index(text[i+len(open):], end)
	if j < 1 {
		return text, ""
	}
	name = text[i+len(open) : i+len(open)+j]
	return text[:i] + text[i+len(open)+j+len(end):], name
}

// pieces cuts a text at what may be tags: text, tag, text, tag … The text between two tags that touch is empty, and so
// is that in front of a tag at the beginning.
func pieces(text, start, end string) (list []string) {
	from := 0
	for at := 0; ; {
		i := strings.Index(text[at:], start)
		if i < 0 {
			break
		}
		i += at
		n := strings.Index(text[i+len(start):], end)
		if n < 0 {
			break
		}
		inner := text[i+len(start) : i+len(start)+n]
		if again := strings.LastIndex(inner, start); n < 1 || again >= 0 { // a mark that is none: the next one may be
			at = i + len(start) + max(again, 0)
			continue
		}
		at = i + len(start) + n + len(end)
		list = append(list, text[from:i], text[i:at])
		from = at
	}
	if from < len(text) {
		list = append(list, text[from:])
	}
	return list
}
