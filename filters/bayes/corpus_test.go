package bayes

import (
	"bytes"
	"crypto/sha1"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"weir/message"
	"weir/message/header"
	"weir/scoring/bayes"
)

// mail is a message of the corpora as the classifier sees it.
type mail struct {
	name   string
	file   string
	spam   bool
	when   time.Time
	tokens []bayes.Token
	slots  []uint32
	vector bayes.Vector
	id     uint64
	like   int // number of the group of near-copies it belongs to
}

// long leaves out what computes much and shares nothing between goroutines: the race detector would take a quarter of an hour.
func long(tb testing.TB) {
	if testing.Short() {
		tb.Skip("it takes long; make test runs it")
	}
}

// sharedMails reads a folder of the shared corpora; stripped takes the receivers' and lists' fields off.
func sharedMails(tb testing.TB, dir string, spam, stripped bool) []*mail {
	long(tb)
	root := os.Getenv("WEIR_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(root, "corpora", dir, "*.eml"))
	if len(files) == 0 {
		tb.Skipf("SHARED SUITE NOT RUN: no messages below ../shared/corpora/%s or WEIR_SHARED", dir)
	}
	var list []*mail
	seen := map[[20]byte]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		if bytes.HasPrefix(raw, []byte("From ")) || bytes.HasPrefix(raw, []byte(">From ")) {
			_, raw, _ = bytes.Cut(raw, []byte("\n"))
		}
		digest := sha1.Sum(raw)
		if seen[digest] || len(raw) < 50 {
			continue
		}
		seen[digest] = true
		m := readMail(filepath.Base(file), raw, spam, stripped)
		m.file = file
		list = append(list, m)
	}
	return list
}

func readMail(name string, raw []byte, spam, stripped bool) *mail {
	opts := message.Options{Strip: ofReceiver}
	if stripped {
		opts.Strip = func(f *header.Field) bool { return ofReceiver(f) || ofWay(f) }
	}
	m := message.New(message.Envelope{}, opts)
	m.Load(raw)
	sum := sha1.Sum(raw)
	out := &mail{name: name, spam: spam, when: m.Date(), id: uint64(sum[0])<<32 | uint64(sum[1])<<24 | uint64(sum[2])<<16 | uint64(sum[3])<<8 | uint64(sum[4])}
	for _, r := range m.Relays() {
		if !r.Time.IsZero() {
			out.when = r.Time
			break
		}
	}
	Tokens(m, func(tokens []bayes.Token) { out.tokens = slices.Clone(tokens) })
	out.vector = bayes.Pack(out.tokens)
	out.slots = out.vector.Append(nil)
	return out
}

// rawOf reads a mail again.
func rawOf(tb testing.TB, m *mail) []byte {
	raw, err := os.ReadFile(m.file)
	if err != nil {
		tb.Fatal(err)
	}
	if bytes.HasPrefix(raw, []byte("From ")) || bytes.HasPrefix(raw, []byte(">From ")) {
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	return raw
}

// ofReceiver tells whether a field was added by who received the mail.
func ofReceiver(f *header.Field) bool { return receivers.MatchString(f.Name) }

// ofWay tells whether a field was added on the way: by relays and mailing lists.
func ofWay(f *header.Field) bool { return ways.MatchString(f.Name) }

var (
	receivers = regexp.MustCompile(`(?i)^(delivered-to|return-path|delivery-date|envelope-to|x-original-to|x-spam.*|x-virus.*|x-mailscanner.*|x-mimedefang.*|x-keywords|x-status|status|x-uid.*|lines|authentication-results|received-spf)$`)
	ways      = regexp.MustCompile(`(?i)^(received|list-.*|x-beenthere|x-mailman.*|errors-to|sender|precedence|x-loop|mailing-list|x-mailing-list|x-original-date|x-egroups.*|x-apparently-to|x-list.*|resent-.*|x-mime-autoconverted|x-authentication-warning|x-unsub.*|old-return-path|x-bulkmail|x-precedence.*|x-list.*)$`)
)
