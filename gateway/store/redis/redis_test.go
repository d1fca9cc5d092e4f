package redis

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/gateway/store/backend"
	"weir/gateway/store/clock"
	"weir/gateway/store/key"
	"weir/gateway/store/redistest"
	"weir/gateway/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/redis/go-redis/v9/internal/pool.startGlobalTimeCache.func1"))
}

func open(t testing.TB, s Server, c *clock.Clock, change ...func(*Options)) *Store {
	t.Helper()
	if s.Budget == 0 {
		s.Budget = patient
	}
	o := Options{Server: s, Keys: key.New(storetest.Secret), Clock: c}
	for _, f := range change {
		f(&o)
	}
	st, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() }) // closing twice is fine
	return st
}

// patient is a budget for tests that are not about it, on machines that are busy with other things.
const patient = 5 * time.Second

func suite(t *testing.T, s Server, masters ...*redistest.Server) {
	storetest.Suite(t, func(t *testing.T, m *storetest.Machine) backend.Backend {
		for _, x := range masters {
			x.Do("flushall")
		}
		return open(t, s, m.Clock())
	})
}

func TestSuite(t *testing.T) {
	s := redistest.Start(t)
	suite(t, Server{Addresses: []string{s.Addr}}, s)
}

func TestSuiteOnCluster(t *testing.T) {
	masters := redistest.Cluster(t)
	suite(t, Server{Addresses: []string{masters[0].Addr, masters[1].Addr}, Cluster: true}, masters...)
}

func TestSuiteOnSentinel(t *testing.T) {
	all := redistest.Sentinel(t)
	suite(t, Server{Addresses: all.Addrs(), Master: "weir"}, all.Master)
}
