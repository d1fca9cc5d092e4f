package embedded

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"weir/gateway/store/backend"
	"weir/gateway/store/key"
	"weir/gateway/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSuite(t *testing.T) {
	storetest.Suite(t, func(t *testing.T, m *storetest.Machine) backend.Backend {
		return open(t, filepath.Join(t.TempDir(), "state.db"), m)
	})
}

func open(t testing.TB, path string, m *storetest.Machine) *Store {
	t.Helper()
	s, err := Open(Options{Path: path, Keys: key.New(storetest.Secret), Clock: m.Clock(), Flush: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestWhatIsNoneOfOursIsNamed(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"), storetest.NewMachine(storetest.Start))
	problems := func() (list []string) {
		stats, err := s.Stats(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range stats {
			if st.Problem != "" {
				list = append(list, st.Name+": "+st.Problem)
			}
		}
		return list
	}
	if got := problems(); got != nil {
		t.Fatalf("an empty file: %q", got)
	}
	put := func(bucket string, k, v []byte) {
		err := s.db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte(bucket))
			return errors.Join(err, b.Put(k, v))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("strange", []byte("k"), []byte("v"))
	var k key.Key
	k[0] = 1
	put("f:nobodys", make([]byte, 8), page(nil).with(&k, []byte("x"), storetest.Start.Add(time.Hour), 5, storetest.Start))
	want := []string{"nobodys: nobody has said how much of it is to be kept", "strange: nothing of Weir's"}
	if diff := cmp.Diff(want, problems()); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
