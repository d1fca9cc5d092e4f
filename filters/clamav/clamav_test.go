package clamav

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/filters/scanner"
	"weir/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const letter = "From: jo@example.org\r\nSubject: Lunch\r\n\r\nShall we?\r\n"

// infected is a mail with the test file in an attachment.
func infected() string {
	return "From: jo@example.org\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=a.com\r\n" +
		"Content-Transfer-Encoding: 8bit\r\n\r\n" + string(scanner.EICAR()) + "\r\n"
}

func env() filters.Env { return filters.Env{Clock: time.Now, Dialer: &net.Dialer{}} }

// newTest makes the filter with a table of weir.toml.
func newTest(t testing.TB, config string, e filters.Env) *filter {
	t.Helper()
	f := filtertest.New(t, Spec, config, e).(*filter)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func load(raw string) *message.Message {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(raw))
	return m
}

// check judges a mail as the gateway does, with a time limit.
func check(t testing.TB, f *filter, raw string, limit time.Duration) (filters.Result, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	r, err := f.Check(ctx, load(raw), filters.Findings{})
	filtertest.CheckResult(t, Spec, r)
	return r, err
}

// want fails the test where what is reported is something else: a word of filters.Scan, then symbols; "failed" is an error.
func want(t testing.TB, r filters.Result, err error, words string) {
	t.Helper()
	got := []string{string(r.Scan)}
	for _, h := range r.Hits {
		got = append(got, h.Name)
	}
	if err != nil {
		got = append(got, "failed")
	}
	if s := strings.Join(got, " "); s != words {
		t.Errorf("got %q, want %q (%v, error %v)", s, words, r.Hits, err)
	}
}

const plenty = 20 * time.Second

func TestWhatClamdSaysIsReported(t *testing.T) {
	for _, c := range []struct{ name, reply, want string }{
		{"clean", "stream: OK\n", "clean"},
		{"a virus", "stream: Win.Trojan.Agent-1 FOUND\n", "infected CLAMAV_VIRUS"},
		{"a virus with ExtendedDetectionInfo", "stream: Eicar(44d88612fea8a8f36de82e1278abb02f:68) FOUND\n", "infected CLAMAV_VIRUS"},
		{"a signature of the owner", "stream: Local.Test.UNOFFICIAL FOUND\n", "infected CLAMAV_VIRUS"},
		{"a name with a colon", "stream: Odd:Name FOUND\n", "infected CLAMAV_VIRUS"},
		{"phishing", "stream: Heuristics.Phishing.Email.SpoofedDomain FOUND\n", "clean CLAMAV_PHISHING"},
		{"a heuristic", "stream: Heuristics.Broken.Media FOUND\n", "clean CLAMAV_HEURISTICS"},
		{"encrypted", "stream: Heuristics.Encrypted.Zip FOUND\n", "clean CLAMAV_ENCRYPTED"},
		{"macros", "stream: Heuristics.OLE2.ContainsMacros.VBA FOUND\n", "clean CLAMAV_MACROS"},
		{"unwanted", "stream: PUA.Win.Packer FOUND\n", "clean CLAMAV_PUA"},
		{"a name to score only", "stream: Sanesecurity.Spam.77.UNOFFICIAL FOUND\n", "clean CLAMAV_SCORED"},
		{"C13_limits_are_no_virus", "stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\n", "unscanned CLAMAV_LIMITS"},
		{"C13_limits_of_old_clamds", "stream: Heuristics.Limits.Exceeded FOUND\n", "unscanned CLAMAV_LIMITS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newTest(t, addresses(newFake(t, says(c.reply)))+`score_only = ["Sanesecurity.Spam.*"]`, env())
			r, err := check(t, f, letter, plenty)
			want(t, r, err, c.want)
			if strings.Contains(c.reply, "FOUND") && len(r.Hits) == 1 && !strings.HasPrefix(c.reply, "stream: "+r.Hits[0].Detail) {
				t.Errorf("the name is told as %q", r.Hits[0].Detail)
			}
		})
	}
}

// TestOnlyTheExactOKIsClean: none of these may read as clean, and none may be taken for a virus.
func TestOnlyTheExactOKIsClean(t *testing.T) {
	for name, reply := range map[string]string{
		"C12_error":                     "stream: Can't allocate memory ERROR\n",
		"C12_error_without_a_stream":    "Can't open file or directory ERROR\n",
		"C12_empty":                     "",
		"C12_empty_line":                "\n",
		"C12_no_newline":                "stream: OK",
		"C12_half_a_word":               "stream: O",
		"C12_two_replies":               "stream: OK\nstream: OK\n",
		"C12_two_replies_one_bad":       "stream: OK\nstream: Eicar FOUND\n",
		"C12_a_megabyte":                "stream: " + strings.Repeat("x", 1<<20) + " FOUND\n",
		"C12_a_megabyte_then_OK":        strings.Repeat("stream: OK\n", 1<<20/11),
		"C12_other_case":                "stream: ok\n",
		"C12_a_space_more":              "stream: OK \n",
		"C12_carriage_return":           "stream: OK\r\n",
		"C12_another_file":              "/etc/passwd: OK\n",
		"C12_NUL_in_it":                 "stream: OK\x00\n",
		"C12_found_without_a_name":      "stream: FOUND\n",
		"C12_found_with_control_bytes":  "stream: a\x1b[2J FOUND\n",
		"C12_unknown_command":           "UNKNOWN COMMAND\n",
		"C12_another_protocol_entirely": "HTTP/1.0 400 Bad Request\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := newTest(t, addresses(newFake(t, says(reply))), env())
			r, err := check(t, f, letter, plenty)
			want(t, r, err, "unscanned failed")
		})
	}
}

// TestTheLibraryReadsSilenceAsClean is why its client does not talk to clamd here. If this fails, it was mended: look
// again at what the package comment says of it.
func TestTheLibraryReadsSilenceAsClean(t *testing.T) {
	for _, reply := range []string{"", "stream: Eicar FOU"} {
		d := newFake(t, says(reply))
		found, err := libraryScan(t, d.file)
		if err != nil || len(found) != 0 {
			t.Errorf("%q: the library says %v, %v", reply, found, err)
		}
	}
}

func TestC09_nobody_listens(t *testing.T) {
	t.Run("C09_a_stale_socket", func(t *testing.T) {
		d := newFake(t, nil)
		d.stop()
		f := newTest(t, addresses(d), env())
		r, err := check(t, f, letter, plenty)
		want(t, r, err, "unscanned failed")
		eventually(t, "the trouble is told", func() bool { return trouble(f) == "refused" })
		d.start2(t)
		eventually(t, "it is well again by itself", func() bool { return trouble(f) == "" })
		r, err = check(t, f, letter, plenty)
		want(t, r, err, "clean")
	})
	t.Run("C09_no_such_socket", func(t *testing.T) {
		f := newTest(t, `address = ["/nonexistent/clamd.ctl"]`, env())
		r, err := check(t, f, letter, plenty)
		want(t, r, err, "unscanned failed")
	})
	t.Run("C09_failure_defers_by_default", func(t *testing.T) {
		if Spec.OnFailure != filters.DeferMail || !Spec.Scans {
			t.Error("a mail that could not be scanned would pass")
		}
	})
}

// start2 starts it again on the socket that a kill left behind, as clamd does.
func (f *fake) start2(t *testing.T) {
	if err := os.Remove(f.file); err != nil {
		t.Fatal(err)
	}
	f.start()
}

// trouble is the kind of the first.
func trouble(f *filter) string {
	for _, t := range f.Troubles() {
		return t.Kind
	}
	return ""
}

func TestC10_a_clamd_that_hangs_takes_no_longer_than_it_may(t *testing.T) {
	hang := make(chan struct{})
	d := newFake(t, nil)
	d.early = func(net.Conn) bool { <-hang; return true }
	t.Cleanup(func() { close(hang) })
	for name, raw := range map[string]string{"C10_a_small_mail": letter, "C10_a_large_mail": letter + strings.Repeat("x", 4<<20)} {
		t.Run(name, func(t *testing.T) {
			f := newTest(t, addresses(d)+`scan_timeout = "50ms"`, env())
			r, err := check(t, f, raw, plenty)
			want(t, r, err, "unscanned failed")
			if err == nil || !strings.Contains(err.Error(), "no answer in time") {
				t.Errorf("error %v", err)
			}
		})
	}
	t.Run("C10_the_time_of_the_message_ends_it", func(t *testing.T) {
		f := newTest(t, addresses(d), env())
		r, err := check(t, f, letter, 100*time.Millisecond)
		want(t, r, err, "unscanned failed")
	})
	t.Run("C10_a_client_that_leaves_ends_it", func(t *testing.T) {
		f := newTest(t, addresses(d), env())
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		r, err := f.Check(ctx, load(letter), filters.Findings{})
		want(t, r, err, "unscanned failed")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

func TestC11_too_large_for_clamd(t *testing.T) {
	attachment := func(n int) string {
		return "From: jo@example.org\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
			lines(append(bytes.Repeat([]byte{0}, n), scanner.EICAR()...))
	}
	for _, c := range []struct {
		name, config, raw, want string
		limit                   int64
	}{
		{"C11_said_in_mid_write", "", letter + strings.Repeat("x", 8<<20), "unscanned CLAMAV_LIMITS failed", 1 << 20},
		{"C11_known_before", "stream_max = \"1MB\"\n", letter + strings.Repeat("x", 2<<20), "unscanned CLAMAV_LIMITS failed", 1 << 30},
		{"C11_to_be_scored_only", "oversize = \"symbol\"\n", letter + strings.Repeat("x", 8<<20), "unscanned CLAMAV_LIMITS", 1 << 20},
		{"C11_scanned_part_by_part", "", attachment(900 << 10), "infected CLAMAV_VIRUS", 1 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newFake(t, nil)
			d.limit = c.limit
			f := newTest(t, addresses(d)+c.config, env())
			r, err := check(t, f, c.raw, plenty)
			want(t, r, err, c.want)
		})
	}
	t.Run("C11_it_closes_without_a_word", func(t *testing.T) {
		d := newFake(t, nil)
		d.early = func(c net.Conn) bool { return true }
		f := newTest(t, addresses(d), env())
		r, err := check(t, f, letter+strings.Repeat("x", 8<<20), plenty)
		want(t, r, err, "unscanned failed")
	})
	t.Run("C11_it_says_OK_before_it_has_all", func(t *testing.T) {
		d := newFake(t, nil)
		d.early = func(c net.Conn) bool { fmt.Fprint(c, "stream: OK\n"); return true }
		f := newTest(t, addresses(d), env())
		r, err := check(t, f, letter+strings.Repeat("x", 8<<20), plenty)
		want(t, r, err, "unscanned failed")
	})
	t.Run("C11_it_says_OK_and_reads_on", func(t *testing.T) {
		d := newFake(t, nil)
		d.early = func(c net.Conn) bool {
			fmt.Fprint(c, "stream: OK\n")
			_ = c.(*net.UnixConn).CloseWrite()
			_, _ = io.Copy(io.Discard, c)
			return true
		}
		f := newTest(t, addresses(d), env())
		r, err := check(t, f, letter+strings.Repeat("x", 8<<20), plenty)
		want(t, r, err, "unscanned failed")
	})
}

// lines is base64 as mail has it.
func lines(data []byte) string {
	var b strings.Builder
	text := base64.StdEncoding.EncodeToString(data)
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	return b.String() + text + "\r\n"
}

func TestC14_old_databases(t *testing.T) {
	for _, c := range []struct{ name, version, config, want, trouble string }{
		{"C14_a_fresh_one", aVersion, "", "clean", ""},
		{"C14_an_old_one", "ClamAV 1.4.3/27000/Sun Nov  1 08:30:00 2026", "", "clean CLAMAV_OLD_DATABASE", "old"},
		{"C14_old_ones_are_welcome", "ClamAV 1.4.3/27000/Sun Nov  1 08:30:00 2026", `max_age = "0"`, "clean", ""},
		{"C14_no_database_of_ClamAV", "ClamAV 1.4.3", "", "clean", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newFake(t, nil)
			d.version.Store(c.version)
			e := env()
			e.Clock = filtertest.Clock(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
			f := newTest(t, addresses(d)+c.config, e)
			eventually(t, "its version is known", func() bool { return !strings.Contains(f.Probe(t.Context())[0].Text, "well: \n") })
			r, err := check(t, f, letter, plenty)
			want(t, r, err, c.want)
			if got := trouble(f); got != c.trouble {
				t.Errorf("trouble %q", got)
			}
		})
	}
}

func TestC14_a_new_database_makes_old_verdicts_worthless(t *testing.T) {
	d := newFake(t, says("stream: OK\n"))
	f := newTest(t, addresses(d), env())
	f.Probe(t.Context())
	for range 3 {
		r, err := check(t, f, infected(), plenty)
		want(t, r, err, "clean")
	}
	if n := d.scans.Load(); n != 1+1 { // Probe looks whether EICAR is found
		t.Errorf("%d scans of the same mail", n-1)
	}
	d.scan = nil
	d.version.Store(versionOf(27501, time.Now()))
	f.Probe(t.Context())
	r, err := check(t, f, infected(), plenty)
	want(t, r, err, "infected CLAMAV_VIRUS")
}

func TestAScannerThatFindsNothingAtAllIsTold(t *testing.T) {
	d := newFake(t, says("stream: OK\n"))
	f := newTest(t, addresses(d), env())
	if got := f.Probe(t.Context()); len(got) != 1 || got[0].Kind != "blind" {
		t.Errorf("%+v", got)
	}
	d.scan = nil
	if got := f.Probe(t.Context()); len(got) != 1 || got[0].Kind != "" {
		t.Errorf("%+v", got)
	}
}

var errTest scanner.State // the zero value of a verdict's state must be Unscanned

func TestTheZeroVerdictIsUnscanned(t *testing.T) {
	if errTest != scanner.Unscanned {
		t.Error("what is forgotten would read as clean or found")
	}
}
