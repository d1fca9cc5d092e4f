package dump

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/store/backend"
)

// shelf is a store that holds records, and counts what is done to it.
type shelf struct {
	backend.Backend
	records         []backend.Record
	wiped, restored int
}

func (s *shelf) Walk(_ context.Context, visit func(backend.Record) error) error {
	for _, r := range s.records {
		if err := visit(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) Wipe(context.Context) error { s.wiped++; return nil }

func (s *shelf) Restore(_ context.Context, list []backend.Record) error {
	s.restored += len(list)
	return nil
}

// TestADumpThatCanNotBeStoredChangesNothing: its checksum is right, but a record in it would stop all further writing.
func TestADumpThatCanNotBeStoredChangesNothing(t *testing.T) {
	good := backend.Record{Kind: backend.FamilyKind, Name: "rates", TTL: 60, Budget: 10}
	for name, bad := range map[string]backend.Record{
		"a stream without a name":   {Kind: backend.StreamKind, TTL: 60, Budget: 10},
		"a name longer than a key":  {Kind: backend.StreamKind, Name: strings.Repeat("s", 40000), TTL: 60, Budget: 10},
		"a note behind all others":  {Kind: backend.NoteKind, Name: "s", At: &filters.Position{Time: 1 << 62}},
		"a kind that there is not":  {Kind: "other"},
		"a budget beyond all books": {Kind: backend.FamilyKind, Name: "x", TTL: 60, Budget: 1 << 62},
	} {
		var out bytes.Buffer
		ctx, s := context.Background(), &shelf{records: []backend.Record{good, bad}}
		if err := Write(ctx, s, [8]byte{1}, time.Unix(0, 0), &out); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(ctx, bytes.NewReader(out.Bytes())); !errors.Is(err, ErrDamaged) || len(err.Error()) > 400 {
			t.Errorf("%s: verified as %.500v", name, err)
		}
		if _, err := Read(ctx, s, [8]byte{1}, bytes.NewReader(out.Bytes()), true); !errors.Is(err, ErrDamaged) || s.wiped+s.restored > 0 {
			t.Errorf("%s: %.500v, wiped %d times, %d records restored", name, err, s.wiped, s.restored)
		}
		if _, err := Read(ctx, s, [8]byte{1}, io.MultiReader(&out), false); !errors.Is(err, ErrDamaged) || s.restored > 0 {
			t.Errorf("%s, from a pipe: %.500v, %d records restored", name, err, s.restored)
		}
	}
}
