package rules

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"weir/message"
)

// benchMail is one of the messages that ../shared/peers/split.py chooses.
type benchMail struct {
	name string // below the shared folder, as the oracle has it
	raw  []byte
}

var fileNumber = regexp.MustCompile(`-(\d{5}\.)`)

// benchSet gives the 1,000 messages that peers are compared on, and the messages of the other half, to warm up with.
func benchSet(b *testing.B) (bench, train []benchMail) {
	corpus := filepath.Join(sharedFolder(b), "corpora", "spamassassin")
	for _, class := range []string{"ham", "spam"} {
		files, err := filepath.Glob(filepath.Join(corpus, class, "*.eml"))
		if err != nil || len(files) < 1000 {
			b.Fatalf("%d messages in %s: %v", len(files), corpus, err)
		}
		key := func(file string) string {
			name := strings.TrimSuffix(fileNumber.ReplaceAllString(filepath.Base(file), "$1"), ".eml")
			sum := sha1.Sum([]byte(class + name + ".txt"))
			return hex.EncodeToString(sum[:])
		}
		slices.SortFunc(files, func(x, y string) int { return strings.Compare(key(x), key(y)) })
		seen, kept, taken := map[[20]byte]bool{}, 0, 0
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
			if bytes.HasPrefix(raw, []byte("From ")) || bytes.HasPrefix(raw, []byte(">From ")) {
				_, raw, _ = bytes.Cut(raw, []byte("\n"))
			}
			sum := sha1.Sum(raw)
			if seen[sum] || len(raw) < 50 {
				continue
			}
			seen[sum] = true
			m := benchMail{"corpora/spamassassin/" + class + "/" + filepath.Base(file), raw}
			if kept++; kept%2 == 1 {
				train = append(train, m)
			} else if taken < 500 {
				taken++
				bench = append(bench, m)
			}
		}
	}
	return bench, train
}

// oracleHits gives the scored rules that SpamAssassin hit, by message.
func oracleHits(b *testing.B) map[string][]string {
	data, err := os.ReadFile(filepath.Join(sharedFolder(b), "oracle", "hits.tsv"))
	if err != nil {
		b.Fatal(err)
	}
	list := map[string][]string{}
	for line := range strings.Lines(string(data)) {
		if column := strings.Split(line, "\t"); len(column) == 4 {
			list[column[0]] = strings.Split(column[2], ",")
		}
	}
	return list
}

// stockOfDebian loads SpamAssassin's rules as Debian installs them.
func stockOfDebian(b *testing.B) *Set {
	files, err := Read("/usr/share/spamassassin", "/etc/spamassassin")
	if err != nil {
		b.Skip("REAL SERVER NOT RUN: the package spamassassin is not installed: ", err)
	}
	s, _ := Compile(Options{Offline: true, NoBayes: true, RuleLimit: time.Minute}, files...)
	if s == nil {
		b.Fatal("the rules can't be loaded")
	}
	return s
}

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure runs a set over the bench messages, from raw bytes to hits, on one core, after it has seen other mail. It reports
// CPU time and allocations a message. hits is called with what was found, within the measured time.
func measure(b *testing.B, s *Set, hits func(name string, found []string)) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	bench, train := benchSet(b)
	judgeRaw := func(raw []byte) []string {
		m := message.New(message.Envelope{}, message.Options{})
		m.Load(raw)
		found, failed, err := s.Match(context.Background(), m, noFacts, noon)
		if err != nil || len(failed) > 0 {
			b.Fatal(failed, err)
		}
		names := make([]string, 0, len(found))
		for _, h := range found {
			names = append(names, h.Name)
		}
		return names
	}
	ready(s)
	for _, m := range train {
		judgeRaw(m.raw)
	}
	runtime.GC()
	b.ReportAllocs()
	b.ResetTimer()
	start, n := cpuTime(), 0
	for b.Loop() {
		m := &bench[n%len(bench)]
		found := judgeRaw(m.raw)
		if n++; n <= len(bench) && hits != nil {
			hits(m.name, found)
		}
	}
	b.ReportMetric(float64((cpuTime()-start).Microseconds())/1000/float64(n), "cpu-ms/msg")
	var after runtime.MemStats
	bench, train = nil, nil
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc)/(1<<20), "MB-heap")
	runtime.KeepAlive(s)
}

// BenchmarkDebianRules runs SpamAssassin's stock rules, all of them, over the bench messages, and compares what they hit with
// what SpamAssassin did.
func BenchmarkDebianRules(b *testing.B) {
	s, oracle := stockOfDebian(b), oracleHits(b)
	same, different := 0, 0
	measure(b, s, func(name string, found []string) {
		want := oracle[name]
		for _, rule := range found {
			if slices.Contains(want, rule) {
				same++
			} else if rule != Partial {
				different++
			}
		}
		for _, rule := range want {
			if rule != "" && !slices.Contains(found, rule) {
				different++
			}
		}
	})
	b.ReportMetric(100*float64(same)/float64(max(same+different, 1)), "%agreed")
}

// BenchmarkStockRules runs Weir's own rules over the bench messages.
func BenchmarkStockRules(b *testing.B) {
	s, _ := stockSet(b)
	measure(b, s, nil)
}

// BenchmarkParsing is what measure needs without a rule.
func BenchmarkParsing(b *testing.B) {
	s, err := Compile(Options{Offline: true})
	if err != nil {
		b.Fatal(err)
	}
	measure(b, s, nil)
}

// BenchmarkNumberOfRules prints what a message costs with more and more rules, made of words as rules' authors use them.
func BenchmarkNumberOfRules(b *testing.B) {
	for _, n := range []int{300, 1000, 3000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, err := Compile(Options{Offline: true, RuleLimit: time.Minute}, File{Name: "made.cf", Data: manyRules(n)})
			if err != nil {
				b.Fatal(err)
			}
			measure(b, s, nil)
		})
	}
}

// manyRules writes n rules of all kinds that look for different things, some of which common mail has.
func manyRules(n int) []byte {
	words := strings.Fields("account money order click offer bank transfer invoice parcel password verify update free prize winner urgent deliver payment " +
		"secure login support company business million dollar partner loan credit card price cheap watch pills meeting report please thanks regards")
	var out bytes.Buffer
	for i := range n {
		a, c := words[i%len(words)], words[(i/len(words)+i*7+1)%len(words)]
		name := fmt.Sprintf("MADE_%d", i)
		switch i % 10 {
		case 0, 1, 2, 3:
			fmt.Fprintf(&out, "body %s /\\b%s (?:the|your|a) %s%d?\\b/i\n", name, a, c, i)
		case 4:
			fmt.Fprintf(&out, "body %s /(?<!no )%s\\W{1,3}\\w+\\W{1,3}%s/i\n", name, a, c)
		case 5:
			fmt.Fprintf(&out, "header %s Subject =~ /%s.{0,20}%s/i\n", name, a, c)
		case 6:
			fmt.Fprintf(&out, "uri %s m{//[^/]*%s-?%s\\d*\\.}i\n", name, a, c)
		case 7:
			fmt.Fprintf(&out, "rawbody %s /<[^>]{1,40}%s[^>]{0,40}%s/i\n", name, a, c)
		case 8:
			fmt.Fprintf(&out, "header %s Received =~ /from %s%d\\./\n", name, a, i)
		case 9:
			fmt.Fprintf(&out, "meta %s MADE_%d && !MADE_%d\n", name, i-1, i-4)
		}
	}
	return out.Bytes()
}

// BenchmarkLoadStock measures loading the stock rules: parsing, patterns, literals, plan.
func BenchmarkLoadStock(b *testing.B) {
	for b.Loop() {
		if _, err := Load(Options{Stock: true}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoadDebian measures loading SpamAssassin's rules.
func BenchmarkLoadDebian(b *testing.B) {
	for b.Loop() {
		stockOfDebian(b)
	}
}
