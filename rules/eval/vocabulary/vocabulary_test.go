package vocabulary

import (
	"errors"
	"strings"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

var lines = evaltest.Lines{
	{"vocabulary", "PARCEL parcel*|package|paket* fee|gebuhr* gift_card*"},
	{"vocabulary", "ROLE support help_desk mail admin* it"},
	{"vocabulary", "PARCEL 包裹 9_eur"},
}

func TestCounts(t *testing.T) {
	const html = "From: ann@bank.test\nContent-Type: text/html\n\n"
	for name, c := range map[string]struct {
		function string
		args     []string
		mail     string
		want     int
	}{
		"two words of one kind are one":            {"vocabulary", []string{"PARCEL"}, "Subject: x\n\nYour parcel, a package\n", 1},
		"kinds add up":                             {"vocabulary", []string{"PARCEL"}, "Subject: Parcels\n\nthe fee, gift  cards, 1,99 €\n", 4},
		"the same word again is no other":          {"vocabulary", []string{"PARCEL"}, "Subject: x\n\nfee fee fee\n", 1},
		"a word that goes on is another":           {"vocabulary", []string{"PARCEL"}, "Subject: x\n\nfeel unparcelled\n", 0},
		"accents are not looked at":                {"vocabulary", []string{"PARCEL"}, "Subject: x\nContent-Type: text/plain; charset=utf-8\n\nGebühren\n", 1},
		"scripts without blanks":                   {"vocabulary", []string{"PARCEL"}, "Subject: x\nContent-Type: text/plain; charset=utf-8\n\n您的包裹正在\n", 1},
		"words of the subject alone":               {"vocabulary", []string{"PARCEL", "subject"}, "Subject: parcel\n\nfee\n", 1},
		"the author's name":                        {"vocabulary", []string{"ROLE", "name"}, "From: Help Desk <a@b.test>\nSubject: x\n\nx\n", 1},
		"the author's domain":                      {"vocabulary", []string{"ROLE", "author"}, "From: <a@mail-support.test>\nSubject: x\n\nx\n", 2},
		"hosts of links":                           {"vocabulary", []string{"ROLE", "hosts"}, html + "<a href=\"http://support.mail.evil.test/admin\">x</a>\n", 2},
		"hosts of the author's":                    {"vocabulary", []string{"ROLE", "hosts"}, html + "<a href=\"http://support.bank.test/admin\">x</a>\n", 0},
		"a name that is covered":                   {"vocabulary_covers", []string{"ROLE", "name"}, "From: \"Mail Administrator - Support\" <a@b.test>\n\nx\n", 1},
		"a name with another word":                 {"vocabulary_covers", []string{"ROLE", "name"}, "From: \"Mail Administrator Ann\" <a@b.test>\n\nx\n", 0},
		"a name with another word before":          {"vocabulary_covers", []string{"ROLE", "name"}, "From: \"Ann, Mail Administrator\" <a@b.test>\n\nx\n", 0},
		"a name of a short word":                   {"vocabulary_covers", []string{"ROLE", "name"}, "From: \"IT Support\" <a@b.test>\n\nx\n", 1},
		"no name":                                  {"vocabulary_covers", []string{"ROLE", "name"}, "From: <a@b.test>\n\nx\n", 0},
		"words in disguise":                        {"disguised_words", nil, "Subject: x\nContent-Type: text/plain; charset=utf-8\n\nAm\xd0\xb0zon Pay\xe2\x80\x8bPal\n", 2},
		"nothing":                                  {"vocabulary", []string{"PARCEL"}, "\n", 0},
		"what stands far down is not looked at":    {"vocabulary", []string{"PARCEL"}, "Subject: x\n\n" + strings.Repeat("word\n", 1200) + "fee\n", 0},
		"what stands in the middle is looked at":   {"vocabulary", []string{"PARCEL"}, "Subject: x\n\n" + strings.Repeat("word\n", 900) + "fee\n", 1},
		"a link that hides its host behind a user": {"vocabulary", []string{"ROLE", "hosts"}, html + "<a href=\"http://www.shop.test@mail.evil.test/\">x</a>\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), lines, c.mail, "body", c.function, c.args...); got != c.want {
				t.Errorf("%s(%q): got %d, want %d", c.function, c.args, got, c.want)
			}
		})
	}
}

func TestLinesThatAreWrong(t *testing.T) {
	for _, value := range []string{"", "NAME", "NAME Upper", "NAME caf\xc3\xa9", "NAME a", "NAME ab*", "NAME a||b", "NAME 24_hours", "NAME *", "NAME " + strings.Repeat("x", 61)} {
		if known, err := New().Set("vocabulary", value); !known || err == nil {
			t.Errorf("%q: known %v, error %v; want an error", value, known, err)
		}
	}
	if known, _ := New().Set("vocabularies", "NAME word"); known {
		t.Error("another directive is taken")
	}
}

func TestWhatIsSaidOfAWordThatIsWrong(t *testing.T) {
	for kind, want := range map[string]string{
		"fee | charge": "without blanks beside |", "a": "1 bytes: write 2 to 60", "ab*": "2 bytes: write 2 to 60, and 3 before *", "Two-Words": "write it as two_words", "*": "is no word",
		"--": "has no letters or digits",
	} {
		if _, err := New().Set("vocabulary", "LIST "+kind); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", kind, err, want)
		}
	}
}

func TestAKindThatIsWrongIsLeftOutWhole(t *testing.T) {
	const mail = "Subject: x\n\nthe fee for a parcel\n"
	for _, then := range []string{"OTHER fine", "LIST good"} { // what is behind it has no words of it
		room := New()
		room.Set("vocabulary", "LIST parcel")
		if _, err := room.Set("vocabulary", "LIST fee|Charge"); err == nil {
			t.Fatal("no error")
		}
		if got := evaltest.Ask(t, room, nil, mail, "body", "vocabulary", "LIST"); got != 1 {
			t.Errorf("got %d, want 1", got)
		}
		room.Set("vocabulary", then)
		name, _, _ := strings.Cut(then, " ")
		want := map[string]int{"LIST": 1}[name]
		if got := evaltest.Ask(t, room, nil, mail, "body", "vocabulary", name); got != want {
			t.Errorf("%s: got %d, want %d", then, got, want)
		}
	}
}

func TestCallsThatAreWrong(t *testing.T) {
	room := New()
	room.Set("vocabulary", "LIST word")
	for _, c := range []eval.Call{
		{Name: "vocabulary"}, {Name: "vocabulary", Args: []string{"OTHER"}}, {Name: "vocabulary", Args: []string{"LIST", "nowhere"}},
		{Name: "vocabulary_covers", Args: []string{"LIST"}}, {Name: "disguised_words", Args: []string{"LIST"}},
	} {
		if _, err := room.Bind(c); err == nil || errors.Is(err, eval.ErrUnknown) {
			t.Errorf("%s(%q): %v, want an error for an admin", c.Name, c.Args, err)
		}
	}
	if _, err := room.Bind(eval.Call{Name: "thesaurus"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
}

func BenchmarkCount(b *testing.B) {
	var words []string
	for i := range 2000 {
		words = append(words, strings.Repeat(string(rune('a'+i%26)), 2)+string(rune('a'+i/26%26))+string(rune('a'+i/676))+"x*")
	}
	room := New()
	if _, err := room.Set("vocabulary", "LIST "+strings.Join(words, " ")); err != nil {
		b.Fatal(err)
	}
	check, err := room.Bind(eval.Call{Name: "vocabulary", Args: []string{"LIST"}})
	if err != nil {
		b.Fatal(err)
	}
	mail := "Subject: x\n\n" + strings.Repeat("the quick brown fox jumps over the lazy dogs\n", 60)
	b.SetBytes(int64(len(mail)))
	for b.Loop() {
		b.StopTimer()
		m := evaltest.Mail(nil, mail)
		m.Body()
		b.StartTimer()
		check(m)
	}
}
