//go:build unix

package clamav

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"weir/filters"
)

// TestServeClamd is no test: BenchmarkCheck and TestMemory start it as a process of its own, so that what a clamd uses is not
// taken for what Weir uses.
func TestServeClamd(t *testing.T) {
	file := os.Getenv("WEIR_FAKE_CLAMD")
	if file == "" {
		t.Skip("only started by benchmarks")
	}
	f := &fake{t: t, file: file, discard: true, open: map[net.Conn]bool{}}
	f.version.Store(aVersion)
	f.threads.Store(50)
	f.start()
	_, _ = os.Stdin.Read(make([]byte, 1)) // until who started it ends
	f.stop()
}

// outside starts a fake clamd as a process of its own.
func outside(t testing.TB) string {
	t.Helper()
	file := socketDir(t) + "/clamd.ctl"
	cmd := exec.Command(os.Args[0], "-test.run", "^TestServeClamd$")
	cmd.Env = append(os.Environ(), "WEIR_FAKE_CLAMD="+file)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	eventually(t, "it listens", func() bool { _, err := os.Stat(file); return err == nil })
	return file
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCheck has a mail of 6 kB scanned by a clamd that does no work. cpu-µs/op is what this process used, kernel
// included.
func BenchmarkCheck(b *testing.B) {
	file := outside(b)
	for _, remember := range []int{0, 10000} {
		b.Run(fmt.Sprintf("remember=%d", remember), func(b *testing.B) {
			f := newTest(b, fmt.Sprintf("address = [%q]\nremember = %d\n", file, remember), env())
			f.Probe(b.Context())
			m := load(letter + strings.Repeat("Shall we? The weather will be fine, they say.\r\n", 127))
			b.ReportAllocs()
			before := cpu()
			for b.Loop() {
				if r, err := f.Check(b.Context(), m, filters.Findings{}); err != nil || r.Scan != filters.ScanClean {
					b.Fatal(r, err)
				}
			}
			b.ReportMetric(float64(cpu()-before)/float64(time.Microsecond)/float64(b.N), "cpu-µs/op")
		})
	}
}

// TestMemoryOfManyLargeMails: fifty mails of 20 MB at once are not copied.
func TestMemoryOfManyLargeMails(t *testing.T) {
	if testing.Short() {
		t.Skip("a gigabyte goes over sockets")
	}
	const mails, size = 50, 20 << 20
	f := newTest(t, fmt.Sprintf("address = [%q]\n", outside(t)), env())
	f.Probe(t.Context())
	body := letter + strings.Repeat("x", size) // one for all: what is measured is what scanning adds
	m := load(body)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var each sync.WaitGroup
	for range mails {
		each.Go(func() {
			r, err := f.Check(t.Context(), m, filters.Findings{})
			want(t, r, err, "clean")
		})
	}
	each.Wait()
	runtime.ReadMemStats(&after)
	added := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d mails of %d MB: %.1f MB allocated in all", mails, size>>20, float64(added)/(1<<20))
	if added > 2*size {
		t.Errorf("%d bytes were allocated: mails are copied", added)
	}
}
