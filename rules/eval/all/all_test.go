package all

import (
	"errors"
	"strings"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
	"weir/rules/view"
)

// bind binds a call to the room that has the function.
func bind(t *testing.T, c eval.Call) eval.Check {
	t.Helper()
	for _, room := range Rooms() {
		switch check, err := room.Bind(c); {
		case err == nil:
			return check
		case !errors.Is(err, eval.ErrUnknown):
			t.Fatal(err)
		}
	}
	t.Fatalf("no room has %s", c.Name)
	return nil
}

func TestD19_patterns_in_functions_are_cut_and_told(t *testing.T) {
	const slow = `^(?=a)(?:a|aa)+(?<=b)` // only looking back tells that it does not match
	long := strings.Repeat("a", 20_000)
	part := "--b\nContent-Type: %; name=" + long + "\nContent-Transfer-Encoding: base64\n\n"
	mail := "Content-Type: multipart/mixed; boundary=b\n\n" +
		strings.Repeat(strings.Replace(part, "%", "image/gif", 1)+"R0lGODlhAQABAAAAACw=\n", 3) +
		strings.Replace(part, "%", "application/pdf", 1) + "JVBERi0xLjQKL1RpdGxlKGFhYSkK\n" +
		"--b\nContent-Type: text/html\n\n<title>" + long + "</title><a href=http://x.example/" + long + ">x</a>\n--b--\n"
	for _, c := range []eval.Call{
		{Name: "image_name_regex", Args: []string{slow}},
		{Name: "pdf_name_regex", Args: []string{slow}},
		{Name: "html_text_match", Args: []string{"title", slow}},
		{Name: "uri_detail", Args: []string{`raw =~ /x.example.` + slow[1:] + `/`}},
	} {
		m := evaltest.Mail(view.NewSettings(), mail)
		if got := bind(t, c)(m); got != 0 || !m.Doubted() {
			t.Errorf("%s: %d, and it says nothing of having been cut", c.Name, got)
		}
	}
}
