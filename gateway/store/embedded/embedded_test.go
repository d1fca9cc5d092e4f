package embedded

import (
	"path/filepath"
	"testing"
	"time"

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
