package http

import (
	"slices"
	"strings"

	"weir/gateway"
)

// milter is the block that Rspamd's proxy and Haraka carry out: our header edits. Of mail that is not to go on it only
// says what to do instead of rejecting.
func (v *verdict) milter(t *text) {
	name := "milter"
	if v.form == oldForm {
		name = "rmilter"
	}
	switch {
	case v.instead != "":
		t.open(name, '{')
		t.word("reject", v.instead)
		t.shut('}')
	case v.outcome != nil && v.action != reject && v.action != softReject:
		t.open(name, '{')
		removed(t, v.outcome.Groups[0].Edits)
		added(t, v.outcome.Groups[0].Edits)
		t.shut('}')
	}
}

// added lists the fields that go on top; order is each one's place, counted from the top.
func added(t *text, edits []gateway.Edit) {
	t.open("add_headers", '{')
	for i := range edits {
		if !puts(&edits[i]) || slices.ContainsFunc(edits[:i], sameAs(&edits[i])) {
			continue
		}
		t.key(edits[i].Name)
		if slices.ContainsFunc(edits[i+1:], sameAs(&edits[i])) {
			t.open("", '[')
			each(t, edits, &edits[i])
			t.shut(']')
			continue
		}
		each(t, edits, &edits[i])
	}
	t.shut('}')
}

// each writes all fields of one name.
func each(t *text, edits []gateway.Edit, like *gateway.Edit) {
	place, same := int64(0), sameAs(like)
	for i := range edits {
		if same(edits[i]) {
			t.open("", '{')
			t.word("value", edits[i].Value)
			t.whole("order", place)
			t.shut('}')
		}
		if puts(&edits[i]) {
			place++
		}
	}
}

// puts tells whether an edit is a field of add_headers.
func puts(e *gateway.Edit) bool { return e.Op == gateway.Add && !isSubject(e) }

// sameAs finds fields that are put in under the name of one that is. There are few: the gateway makes them.
func sameAs(like *gateway.Edit) func(gateway.Edit) bool {
	return func(e gateway.Edit) bool { return puts(&e) && strings.EqualFold(e.Name, like.Name) }
}

// removed names the fields that go: by their number among those of the name, or 0 for all. Where several go and others of
// the name would stay, which the protocol can't say, all go: a forged result must not be believed. A sender can make them
// many.
func removed(t *text, edits []gateway.Edit) {
	t.open("remove_headers", '{')
	number := map[string]int{}
	var names []string
	for i := range edits {
		if edits[i].Op != gateway.Remove {
			continue
		}
		name := strings.ToLower(edits[i].Name)
		if _, several := number[name]; several {
			number[name] = 0
			continue
		}
		names = append(names, edits[i].Name)
		number[name] = edits[i].Index
	}
	for _, name := range names {
		t.whole(name, int64(number[strings.ToLower(name)]))
	}
	t.shut('}')
}
