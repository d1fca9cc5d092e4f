package rules

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"weir/message"
	"weir/rules/view"
)

// compileText compiles one file called test.cf.
func compileText(t testing.TB, text string) *Set {
	t.Helper()
	s, err := Compile(Options{}, File{Name: "test.cf", Data: []byte(text)})
	if err != nil {
		t.Fatalf("test.cf: %v", err)
	}
	return s
}

// found matches a mail and lists hits as NAME or NAME=2.
func found(t testing.TB, s *Set, env message.Envelope, mail string, symbols map[string]int) string {
	t.Helper()
	m := message.New(env, message.Options{})
	m.Load([]byte(mail))
	hits, failed, err := ready(s).Match(context.Background(), m, view.Facts{Symbol: func(name string) int { return symbols[name] }}, noon)
	if err != nil || len(failed) > 0 {
		t.Fatalf("failed %v, error %v", failed, err)
	}
	var out []string
	for _, h := range hits {
		name := h.Name
		if h.Count > 1 {
			name += fmt.Sprintf("=%d", h.Count)
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

const letter = "Received: from a by b; Mon, 5 Jan 2026 10:00:00 +0000\n" +
	"From: \"Ann Example\" <Ann@Mail.Example.COM>, bob@other.example\n" +
	"To: x@y.example\nCc: z@y.example\nSubject: =?utf-8?q?Caf=C3=A9_now?=\n" +
	"Message-ID: <1@mail.example.com>\nX-Mailer: The Bat\nX-Twice: one\nX-Twice: two\nX-Folded: one\n\ttwo\nX-Tight:none\n" +
	"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" +
	"Dear friend,\nclick   here: http://click.example/a?b=1 for\ncheap=20pills.\n\nSecond paragraph, pills again at www.bare.example.com soon.\n" +
	"--b\nContent-Type: text/html\n\n<p>Hello <b>big</b> world</p><p style=\"display:none\">secret words</p><a href=\"https://shop.example/x\">buy</a>\n--b--\n"

func TestRulesSeeWhatTheyName(t *testing.T) {
	env := message.Envelope{HasFrom: true, From: "bounce@lists.example"}
	for _, c := range []struct {
		name, rule string
		hits       int
	}{
		{"a header is decoded", "header X Subject =~ /^Caf\xc3\xa9 now$/", 1},
		{"a raw header is not", "header X Subject:raw =~ /^ =\\?utf-8\\?q/", 1},
		{"names of fields have no case", "header X SUBJECT =~ /now/", 1},
		{"a header that is not there is empty", "header X Reply-To =~ /^$/", 1},
		{"if-unset stands for it", "header X Reply-To =~ /UNSET/ [if-unset: UNSET]", 1},
		{"if-unset is not used where the field is there", "header X Subject =~ /UNSET/ [if-unset: UNSET]", 0},
		{"!~ hits where nothing is found", "header X Subject !~ /later/", 1},
		{"!~ does not hit where something is", "header X Subject !~ /now/", 0},
		{"exists", "header X exists:X-Mailer", 1},
		{"exists not", "header X exists:X-Foo", 0},
		{"addresses", "header X From:addr =~ /^Ann\\@Mail\\.Example\\.COM\\nbob\\@other\\.example$/", 1},
		{"the first field's address", "header X To:addr =~ /^x\\@y\\.example$/", 1},
		{"names", "header X From:name =~ /^Ann Example$/", 1},
		{"the domain of the last address", "header X From:domain =~ /^other\\.example$/", 1},
		{"several fields of a name, one a line", "header X X-Twice =~ /^one\\ntwo\\n\\z/", 1},
		{"the first of them", "header X X-Twice:first =~ /^one$/", 1},
		{"the last of them", "header X X-Twice:last =~ /^two$/", 1},
		{"ALL has every field", "header X ALL =~ /^X-Mailer: The Bat$/m", 1},
		{"ALL is in order", "header X ALL =~ /^From:.*^To:.*^Subject:/sm", 1},
		{"ToCc", "header X ToCc =~ /x\\@y.*z\\@y/s", 1},
		{"MESSAGEID", "header X MESSAGEID =~ /^<1\\@mail/", 1},
		{"MessageID is a field of its own", "header X exists:MessageID", 0},
		{"a fold is one blank", "header X X-Folded =~ /^one two$/", 1},
		{"a raw fold is a line end and a tab", "header X X-Folded:raw =~ /^ one\\n\\ttwo$/", 1},
		{"ALL:raw is as it came", "header X ALL:raw =~ /^X-Tight:none$/m", 1},
		{"ALL has a blank behind the colon", "header X ALL =~ /^X-Tight: none$/m", 1},
		{"EnvelopeFrom", "header X EnvelopeFrom =~ /^bounce\\@lists\\.example$/", 1},
		{"the Subject is the first paragraph of the body", "body X /^Caf\xc3\xa9 now$/", 1},
		{"nosubject leaves it out", "body X /now/\ntflags X nosubject", 0},
		{"white space in the body is folded", "body X /friend, click here: http/", 1},
		{"the body is decoded", "body X /for cheap pills\\.$/", 1},
		{"a rule sees one paragraph", "body X /pills.*Second/s", 0},
		{"HTML is rendered", "body X /Hello big world/", 1},
		{"hidden text is seen too", "body X /secret words/", 1},
		{"tags are not", "body X /<b>/", 0},
		{"rawbody has tags", "rawbody X /<b>big/", 1},
		{"rawbody has lines", "rawbody X /friend,\\nclick   here/", 1},
		{"rawbody is decoded", "rawbody X /cheap pills/", 1},
		{"full is not", "full X /cheap=20pills/", 1},
		{"full has the header", "full X /\\AReceived: /", 1},
		{"links of texts", "uri X m{^http://click\\.example/a}", 1},
		{"links without a scheme have one", "uri X /^http:\\/\\/www\\.bare\\.example\\.com\\b/", 1},
		{"links without a scheme are not shown as written", "uri X /^www/", 0},
		{"links of HTML", "uri X m{^https://shop\\.example/x$}", 1},
		{"multiple counts", "body X /pills/\ntflags X multiple", 2},
		{"maxhits ends it", "body X /[a-z]/\ntflags X multiple maxhits=5", 5},
		{"without multiple once counts", "body X /pills/", 1},
		{"metas of rules", "body __A /pills/\nheader __B exists:X-Foo\nmeta X __A && !__B", 1},
		{"metas count", "body __A /pills/\ntflags __A multiple\nmeta X __A >= 2", 1},
		{"metas of metas, in any order", "meta X __M > 1\nmeta __M __A + __B\nbody __A /pills/\nbody __B /world/", 1},
		{"a meta hits once, whatever its value", "meta X __A + 2\nbody __A /pills/", 1},
		{"a meta has its value in others", "meta X __M == 3\nmeta __M __A + 2\nbody __A /pills/", 1},
		{"filters' symbols", "meta X SPF_FAIL && HTML_ODD == 2", 1},
		{"what nothing defines counts 0", "meta X !NOTHING_HAS_THIS", 1},
		{"rules_matching sums up", "body __P_A /pills/\nbody __P_B /world/\nmeta X rules_matching(__P_*) == 2", 1},
		{"a rule that is switched off counts 0", "body OFF /pills/\nscore OFF 0\nmeta X !OFF", 1},
		{"a rule flagged net is run online", "body X /pills/\ntflags X net", 1},
		{"a hash needs a backslash", "body X /pil\\#?ls/ # here a comment begins", 1},
		{"if holds", "if (version >= 4.0)\nbody X /pills/\nendif", 1},
		{"if does not hold", "ifplugin Mail::SpamAssassin::Plugin::Nonesuch\nbody X /pills/\nelse\nbody X /nothing of this/\nendif", 0},
		{"ifplugin Weir holds", "ifplugin Weir\nbody X /pills/\nendif", 1},
		{"what is in a block that is not read is not read", "ifplugin Nonesuch\nif (1)\nbody X /pills/\nendif\nelse\nbody X /pills/\nendif", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, mail := range []string{letter, strings.ReplaceAll(letter, "\n", "\r\n")} {
				want := [...]string{"", "X", "X=2", "X=3", "X=4", "X=5"}[c.hits]
				if got := found(t, compileText(t, c.rule), env, mail, map[string]int{"SPF_FAIL": 1, "HTML_ODD": 2}); got != want {
					t.Errorf("%s: hits %q, want %q", c.rule, got, want)
				}
			}
		})
	}
}
