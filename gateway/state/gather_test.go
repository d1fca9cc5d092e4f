package state

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/gateway/store/backend"
)

func TestTablesOfPeopleAreOneLine(t *testing.T) {
	got := gather([]backend.Stat{
		{Kind: backend.TableKind, Name: "bayes", Entries: 5, Budget: 9},
		{Kind: backend.TableKind, Name: "bayes-own:00ff", Entries: 5, Keys: 1, Bytes: 10, Budget: 7},
		{Kind: backend.TableKind, Name: "bayes-own:00fe", Entries: 6, Keys: 2, Bytes: 20, Budget: 7},
		{Kind: backend.StreamKind, Name: "bayes/bayes-ham", Entries: 1},
		{Kind: backend.StreamKind, Name: "bayes-own:00ff/bayes-ham", Entries: 1},
		{Kind: backend.StreamKind, Name: "bayes-own:00ff/bayes-spam", Entries: 3},
		{Kind: backend.StreamKind, Name: "bayes-own:00fe/bayes-ham", Entries: 2},
	})
	want := []backend.Stat{
		{Kind: backend.TableKind, Name: "bayes", Entries: 5, Budget: 9},
		{Kind: backend.TableKind, Name: "bayes-own (2)", Entries: 11, Keys: 3, Bytes: 30, Budget: 14},
		{Kind: backend.StreamKind, Name: "bayes/bayes-ham", Entries: 1},
		{Kind: backend.StreamKind, Name: "bayes-own/bayes-ham (2)", Entries: 3},
		{Kind: backend.StreamKind, Name: "bayes-own/bayes-spam (1)", Entries: 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
