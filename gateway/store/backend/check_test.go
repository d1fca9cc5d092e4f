package backend

import (
	"strings"
	"testing"

	"weir/filters"
)

// sound are records as stores write them.
func sound() map[Kind]Record {
	version := &filters.Version{Epoch: 1, Seq: 2, Tip: 3}
	scoped := "bayes:" + strings.Repeat("0a", 24)
	return map[Kind]Record{
		FamilyKind: {Kind: FamilyKind, Name: "greylist-wait", TTL: 3600, Budget: 100},
		EntryKind:  {Kind: EntryKind, Name: "greylist-wait", End: 2_000_000_000, Data: make([]byte, 14)},
		StreamKind: {Kind: StreamKind, Name: scoped + "/journal", TTL: 3600, Budget: 100},
		NoteKind:   {Kind: NoteKind, Name: scoped + "/journal", At: &filters.Position{Time: 1_800_000_000_000}, Data: []byte("x")},
		TableKind:  {Kind: TableKind, Name: scoped, Cells: 1000, Budget: 10, MarkTTL: 3600, Version: version},
		CellsKind:  {Kind: CellsKind, Name: "bayes", From: 996, Data: make([]byte, 16)},
		MarkKind:   {Kind: MarkKind, Name: "bayes", Data: []byte("spam")},
	}
}

func TestRecordsThatCanNotBeStoredAreKnown(t *testing.T) {
	for kind, r := range sound() {
		if err := r.Check(); err != nil {
			t.Errorf("a sound %s: %v", kind, err)
		}
	}
	for _, c := range []struct {
		name  string
		kind  Kind
		spoil func(*Record)
	}{
		{"a kind that there is not", EntryKind, func(r *Record) { r.Kind = "secret" }},
		{"a family without a name", FamilyKind, func(r *Record) { r.Name = "" }},
		{"a family's name with odd bytes", FamilyKind, func(r *Record) { r.Name = "a\x00b/{}:" }},
		{"a family without an end", FamilyKind, func(r *Record) { r.TTL = 0 }},
		{"a family whose life is longer than numbers are", FamilyKind, func(r *Record) { r.TTL = 1 << 62 }},
		{"a family whose life is too short by overflow", FamilyKind, func(r *Record) { r.TTL = 18446744074 }},
		{"a family of all entries there could be", FamilyKind, func(r *Record) { r.Budget = 1 << 62 }},
		{"an entry that is too large", EntryKind, func(r *Record) { r.Data = make([]byte, filters.MaxData+1) }},
		{"an entry of no family", EntryKind, func(r *Record) { r.Name = "" }},
		{"a stream without a name", StreamKind, func(r *Record) { r.Name = "" }},
		{"a stream's name longer than any", StreamKind, func(r *Record) { r.Name = strings.Repeat("s", 40000) }},
		{"a journal of nothing", StreamKind, func(r *Record) { r.Name = "/journal" }},
		{"a journal of a table with half a scope", StreamKind, func(r *Record) { r.Name = "bayes:0a/journal" }},
		{"a stream without bounds", StreamKind, func(r *Record) { r.Budget = 1 << 62 }},
		{"a stream that lives for ever", StreamKind, func(r *Record) { r.TTL = 1 << 62 }},
		{"a stream of less than nothing", StreamKind, func(r *Record) { r.Budget = -1 }},
		{"a note without a position", NoteKind, func(r *Record) { r.At = nil }},
		{"a note at the end of all times", NoteKind, func(r *Record) { r.At = &filters.Position{Time: 1 << 63} }},
		{"a note behind which there is no number", NoteKind, func(r *Record) { r.At = &filters.Position{Time: 1, Number: 1<<64 - 1} }},
		{"a note that is too large", NoteKind, func(r *Record) { r.Data = make([]byte, filters.MaxEntry+1) }},
		{"a table without cells", TableKind, func(r *Record) { r.Cells = 0 }},
		{"a table with too many", TableKind, func(r *Record) { r.Cells = 1<<32 - 1 }},
		{"a table without a version", TableKind, func(r *Record) { r.Version = nil }},
		{"a table's name with odd bytes", TableKind, func(r *Record) { r.Name = "../x" }},
		{"a table of half a scope", TableKind, func(r *Record) { r.Name = "bayes:0a" }},
		{"half a cell", CellsKind, func(r *Record) { r.Data = make([]byte, 7) }},
		{"cells behind the last", CellsKind, func(r *Record) { r.From = 1<<32 - 1 }},
		{"a mark that is too large", MarkKind, func(r *Record) { r.Data = make([]byte, filters.MaxData+1) }},
	} {
		r := sound()[c.kind]
		c.spoil(&r)
		if r.Check() == nil {
			t.Errorf("%s is taken", c.name)
		}
	}
}
