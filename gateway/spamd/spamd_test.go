package spamd

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/gateway"
	"weir/scoring"
)

func same(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestEachVersionHasItsFormOfAnswer(t *testing.T) {
	d := open(t, nil)
	spam, ham := mailOf("T_SPAM T_GOOD"), mailOf("T_GOOD")
	const marked = "X-Spam-Flag: YES\nX-Spam-Score: 18.8\nX-Spam-Status: Yes, score=18.8 required=5.0 tests=T_SPAM=20.26, T_GOOD=-1.5\n"
	const clean = "X-Spam-Score: -1.5\nX-Spam-Status: No, score=-1.5 required=5.0 tests=T_GOOD=-1.5\n"
	header := ham[:strings.Index(ham, "Hello")]
	for _, c := range []struct{ line, mail, want string }{
		{"CHECK SPAMC/1.5", spam, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 18.8 / 5.0\r\n\r\n"},
		{"CHECK SPAMC/1.2", ham, "SPAMD/1.1 0 EX_OK\r\nSpam: False ; -1.5 / 5.0\r\n\r\n"},
		{"SYMBOLS SPAMC/1.5", spam, "SPAMD/1.1 0 EX_OK\r\nContent-length: 13\r\nSpam: True ; 18.8 / 5.0\r\n\r\nT_SPAM,T_GOOD"},
		{"SYMBOLS SPAMC/1.2", spam, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 18.8 / 5.0\r\n\r\nT_SPAM,T_GOOD\r\n"},
		{"SYMBOLS SPAMC/1.3", mailOf("hello"), "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; 0.0 / 5.0\r\n\r\n"},
		{"REPORT_IFSPAM SPAMC/1.5", ham, "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: No ; -1.5 / 5.0\r\n\r\n"},
		{"PROCESS SPAMC/1.5", ham, fmt.Sprintf("SPAMD/1.1 0 EX_OK\r\nContent-length: %d\r\nSpam: False ; -1.5 / 5.0\r\n\r\n", len(clean+ham)) + clean + ham},
		{"PROCESS SPAMC/1.2", ham, fmt.Sprintf("SPAMD/1.1 0 EX_OK\r\nContent-length: %d\r\n\r\n", len(clean+ham)) + clean + ham},
		{"PROCESS SPAMC/1.1", ham, "SPAMD/1.0 0 EX_OK\r\n" + clean + ham},
		{"PROCESS SPAMC/1.5", spam, fmt.Sprintf("SPAMD/1.1 0 EX_OK\r\nContent-length: %d\r\nSpam: True ; 18.8 / 5.0\r\n\r\n", len(marked+spam)) + marked + spam},
		{"HEADERS SPAMC/1.5", ham, fmt.Sprintf("SPAMD/1.1 0 EX_OK\r\nContent-length: %d\r\nSpam: False ; -1.5 / 5.0\r\n\r\n", len(clean+header)) + clean + header},
	} {
		t.Run(c.line, func(t *testing.T) {
			d.TB = t
			same(t, d.ask(c.line, c.mail), c.want)
		})
	}
	d.TB = t
	got := d.ask("REPORT_IFSPAM SPAMC/1.5", spam)
	if !strings.Contains(got, "\r\nSpam: Yes ; 18.8 / 5.0\r\n\r\nWeir, running on") {
		t.Errorf("got\n%s", got)
	}
}

func TestPingAndSkip(t *testing.T) {
	d := open(t, nil)
	same(t, d.say("PING SPAMC/1.2\r\n"), "SPAMD/1.5 0 PONG\r\n")
	same(t, d.say("PING SPAMC/1.5\r\n\r\n"), "SPAMD/1.5 0 PONG\r\n")
	same(t, d.say("PING SPAMC/1.5\r\nUser: joe\r\n\r\n"), "SPAMD/1.5 0 PONG\r\n")
	same(t, d.say("PING RSPAMC/1.3\r\n\r\n"), "RSPAMD/1.3 0 PONG\r\n")
	same(t, d.say("SKIP SPAMC/1.5\r\n\r\n"), "")
	same(t, d.talk(d.dial(), "PING SPAMC/1.2\r\n", false), "SPAMD/1.5 0 PONG\r\n")
	same(t, d.say(""), "")
}

func TestTheReportExplains(t *testing.T) {
	d := open(t, nil)
	got := d.ask("REPORT SPAMC/1.2", mailOf("T_SPAM T_GOOD T_MAYBE"))
	id := d.last(t).ID
	same(t, got, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 24.8 / 5.0\r\n\r\n"+`Weir, running on the system "mx.weir.test",
has identified this incoming email as spam.  Reference: `+id+`
Decision: reject, score 24.76 reaches the reject threshold 15

Content analysis details:   (24.8 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
20.3 T_SPAM                 Something that is advertised in a sentence long
                            enough to be folded at its column [what
                            was??found: ??]
-1.5 T_GOOD                 Good
 6.0 T_MAYBE                No description available.

`)
	if !strings.HasPrefix(got, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; ") {
		t.Error("Exim would not read this")
	}
}

func TestWhatWasNotCheckedIsInTheReport(t *testing.T) {
	d := open(t, func(_ *visited, _ *gateway.Settings, p *scoring.Policy) { p.Observe = true })
	got := d.ask("REPORT SPAMC/1.5", mailOf("BROKEN"))
	if !strings.Contains(got, "observed only; else defer") || !strings.Contains(got, " 0.0 T_FAILED               Not checked: [the scanner does not answer]\n") {
		t.Errorf("got\n%s", got)
	}
}

// TestTheNumbersAgreeWithTheDecision: Exim and others compare the numbers.
func TestTheNumbersAgreeWithTheDecision(t *testing.T) {
	off := func(_ *visited, _ *gateway.Settings, p *scoring.Policy) { p.Thresholds = scoring.Thresholds{} }
	for _, c := range []struct {
		name, subject, want string
		change              func(*visited, *gateway.Settings, *scoring.Policy)
	}{
		{"by score", "T_MAYBE", "True ; 6.0 / 5.0", nil},
		{"just below is not rounded up to it", "T_NEAR", "False ; 4.9 / 5.0", nil},
		{"a virus has no score and is refused", "T_VIRUS", "True ; 5.0 / 5.0", nil},
		{"kept for a person to look at", "T_KEEP", "True ; 5.0 / 5.0", nil},
		{"let in over its score", "T_TRUSTED T_MAYBE", "False ; 4.9 / 5.0", nil},
		{"observed only", "T_SPAM", "False ; 4.9 / 5.0", func(_ *visited, _ *gateway.Settings, p *scoring.Policy) { p.Observe = true }},
		{"no thresholds, and no mail of score 0 is spam", "hello", "False ; 0.0 / 5.0", off},
		{"no thresholds, and a high score is not spam", "T_SPAM", "False ; 20.3 / 22.0", off},
		{"no thresholds, and a virus is spam", "T_VIRUS", "True ; 5.0 / 5.0", off},
	} {
		t.Run(c.name, func(t *testing.T) {
			same(t, open(t, c.change).ask("CHECK SPAMC/1.5", mailOf(c.subject)), "SPAMD/1.1 0 EX_OK\r\nSpam: "+c.want+"\r\n\r\n")
		})
	}
}

func TestMailThatIsPutOffGetsNoVerdict(t *testing.T) {
	d := open(t, nil)
	for _, verb := range []string{"CHECK", "SYMBOLS", "REPORT", "REPORT_IFSPAM", "PROCESS", "HEADERS"} {
		same(t, d.ask(verb+" SPAMC/1.5", mailOf("BROKEN T_MAYBE")), "SPAMD/1.0 75 EX_TEMPFAIL (filter t could not tell, and its on_failure is defer)\r\n")
		if got := d.last(t); got.Action != scoring.Defer || !strings.HasPrefix(got.Reply, "75 EX_TEMPFAIL") {
			t.Errorf("%s: %s, %s", verb, got.Action, got.Reply)
		}
	}
	same(t, d.ask("CHECK SPAMC/1.5", mailOf("T_GREY")), "SPAMD/1.0 75 EX_TEMPFAIL (score 4 reaches the greylist threshold 3.5)\r\n")
}

func TestAMailThatIsGivenBackKeepsItsBytes(t *testing.T) {
	head := "X-Spam-Score: 0.0\r\nX-Spam-Status: No, score=0.0 required=5.0\r\n"
	for _, c := range []struct{ name, mail, want string }{
		{"LF", "Subject: a\n\nb\n\n.\nc", strings.ReplaceAll(head, "\r", "") + "Subject: a\n\nb\n\n.\nc"},
		{"CRLF", "Subject: a\r\n\r\nb\r\nc", head + "Subject: a\r\n\r\nb\r\nc"},
		{"mixed", "Subject: a\n\r\nb\nc\r\n", strings.ReplaceAll(head, "\r", "") + "Subject: a\n\r\nb\nc\r\n"},
		{"bare CR", "Subject: a\n\nb\rc\n\r", strings.ReplaceAll(head, "\r", "") + "Subject: a\n\nb\rc\n\r"},
		{"8-bit and NUL", "Subject: \xff\n\n\x00\xfe\n", strings.ReplaceAll(head, "\r", "") + "Subject: \xff\n\n\x00\xfe\n"},
		{"no body", "Subject: a\n", strings.ReplaceAll(head, "\r", "") + "Subject: a\n"},
		{"larger than the memory for it", "Subject: a\n\n" + strings.Repeat("0123456789\n", 5000), strings.ReplaceAll(head, "\r", "") + "Subject: a\n\n" + strings.Repeat("0123456789\n", 5000)},
		{"forged fields go", "X-Spam-Flag: NO\nSubject: a\nX-Spam-Level: *\n\nb\n", strings.ReplaceAll(head, "\r", "") + "Subject: a\n\nb\n"},
		{"an mbox's first line stays on top", "From ann@example.org Sun Nov 22 20:35:39 2026\nSubject: a\n\nb\n", "From ann@example.org Sun Nov 22 20:35:39 2026\n" + strings.ReplaceAll(head, "\r", "") + "Subject: a\n\nb\n"},
		{"nothing but that line", "From ann@example.org Sun Nov 22 20:35:39 2026", head + "From ann@example.org Sun Nov 22 20:35:39 2026"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, nil)
			_, got, _ := strings.Cut(d.ask("PROCESS SPAMC/1.5", c.mail), "\r\n\r\n")
			same(t, got, c.want)
			judged := gateway.WireEnds([]byte(c.mail))
			if bytes.HasPrefix(judged, []byte("From ")) {
				judged = judged[bytes.IndexByte(judged, '\n')+1:]
			}
			if size := d.last(t).Size; size != len(judged) {
				t.Errorf("%d bytes were judged, want %d", size, len(judged))
			}
		})
	}
}

func TestTheLengthMayBeLeftOut(t *testing.T) {
	d := open(t, nil)
	want := "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.0 / 5.0\r\n\r\n"
	same(t, d.say("CHECK SPAMC/1.5\r\n\r\n"+mailOf("T_MAYBE")), want)
	same(t, d.say("CHECK SPAMC/1.0\r\n"+mailOf("T_MAYBE")), want)
	same(t, d.say("CHECK SPAMC/1.5\n\n"+mailOf("T_MAYBE")), want)
	same(t, d.talk(d.dial(), wireRequest("CHECK SPAMC/1.5", mailOf("T_MAYBE")), false), want)
	same(t, d.say("CHECK SPAMC/1.5\r\nContent-length: 0\r\n\r\n"), "SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0.0 / 5.0\r\n\r\n")
}

func packed(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func TestG10_a_compressed_mail_is_bounded(t *testing.T) {
	d := open(t, nil)
	whole := packed(mailOf("T_MAYBE"))
	for _, c := range []struct{ name, body, want string }{
		{"a mail", whole, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.0 / 5.0\r\n\r\n"},
		{"G10_a_bomb", packed(strings.Repeat("0", 50<<20)), "SPAMD/1.0 65 Data Error: (the message is larger than 100000 bytes)\r\n"},
		{"cut off", whole[:len(whole)-5], "SPAMD/1.0 69 Service Unavailable: zlib: failed to find end of zlib stream\r\n"},
		{"not compressed at all", mailOf("T_MAYBE"), "SPAMD/1.0 69 Service Unavailable: zlib: this is no zlib stream\r\n"},
		{"damaged", whole[:20] + "\xff\xff\xff" + whole[23:], "SPAMD/1.0 69 Service Unavailable: zlib: this is no zlib stream\r\n"},
		{"with a tail", whole + "tail", fmt.Sprintf("SPAMD/1.0 76 Bad header line: (Content-Length mismatch: Expected %d bytes, got %d bytes)\r\n", len(whole)+4, len(whole))},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.TB = t
			same(t, d.ask("CHECK SPAMC/1.5", c.body, "Compress: zlib"), c.want)
		})
	}
	d.TB = t
	same(t, d.say("CHECK SPAMC/1.5\r\nCompress: zlib\r\n\r\n"+whole), "SPAMD/1.0 69 Service Unavailable: Compress requires Content-length header\r\n")
	bomb, out := packed(strings.Repeat("0", 50<<20)), countWriter(0)
	if err := inflate(&out, bufio.NewReader(strings.NewReader(bomb)), int64(len(bomb)), 1000); err == nil || out > 1001 {
		t.Errorf("%d bytes were unpacked, %v", out, err)
	}
}

type countWriter int

func (c *countWriter) Write(p []byte) (int, error) {
	*c += countWriter(len(p))
	return len(p), nil
}
