package chain

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"weir/message/header"
	"weir/message/signature"
)

// deviations are the cases of the suite in which we want another result than it does, with the reason.
var deviations = map[string]struct {
	want   Status
	reason string
}{
	"ams_fields_h_empty": {Fail, "From must be signed (RFC 6376 section 5.4), or a set could be put on anybody's mail"},

	// Of these three the suite wants nothing: it asks for the cv= of the next seal, and there is none.
	"cv_fail_i1_as_cv_fail": {Fail, "a chain that was sealed as failed has failed (RFC 8617 section 5.2, step 2)"},
	"cv_fail_i2_as2_fail":   {Fail, "a chain that was sealed as failed has failed (RFC 8617 section 5.2, step 2)"},
	"cv_fail_i2_as1_fail":   {Fail, "a chain that was sealed as failed has failed (RFC 8617 section 5.2, step 2)"},
}

// TestSuite runs the ARC validation suite, each part of which has a zone of its own.
func TestSuite(t *testing.T) {
	f, err := os.Open(shared(t, "suites/arc/arc-draft-validation-tests.yml"))
	if err != nil {
		t.Skip("SHARED SUITE NOT RUN: " + err.Error())
	}
	defer f.Close()
	cases := 0
	for d := yaml.NewDecoder(f); ; {
		var part suitePart
		if err := d.Decode(&part); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		cases += part.run(t)
	}
	if cases != 175 {
		t.Errorf("%d cases were run, want 175", cases)
	}
}

// suitePart is one document of the suite. Tests are read as a node, since one name comes twice.
type suitePart struct {
	Description string            `yaml:"description"`
	Tests       yaml.Node         `yaml:"tests"`
	TXT         map[string]string `yaml:"txt-records"`
}

type suiteCase struct {
	Description string `yaml:"description"`
	Message     string `yaml:"message"`
	CV          string `yaml:"cv"`
}

func (p *suitePart) run(t *testing.T) (cases int) {
	for i := 0; i+1 < len(p.Tests.Content); i += 2 {
		var c suiteCase
		if err := p.Tests.Content[i+1].Decode(&c); err != nil {
			t.Fatal(err)
		}
		cases++
		name := p.Tests.Content[i].Value
		t.Run(strings.TrimSpace(p.Description)+"/"+name, func(t *testing.T) {
			want := Status(strings.ToLower(c.CV))
			if d, ok := deviations[name]; ok && want != d.want {
				t.Logf("we differ: %s", d.reason)
				want = d.want
			}
			if got := verify(strings.ReplaceAll(c.Message, "\n", "\r\n"), zone(p.TXT).lookup); got.Status != want {
				t.Errorf("%s: %+v, want %s", c.Description, got, want)
			}
		})
	}
	return cases
}

// zone is a DNS made of TXT records.
type zone map[string]string

func (z zone) lookup(_ context.Context, name string) ([]string, error) {
	if r, ok := z[name]; ok {
		return []string{r}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

var noon = time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)

// verify verifies a whole mail.
func verify(mail string, lookup LookupTXT) Verdict {
	h, body := header.Parse([]byte(mail), 0, nil)
	return Read(h.Fields).Verify(context.Background(), signature.NewBody([]byte(mail)[body:]), lookup, noon)
}

// shared finds a file of the folder that lies beside the repository.
func shared(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("WEIR_SHARED")
	if folder == "" {
		folder = "../../../shared"
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("SHARED SUITE NOT RUN: " + err.Error())
	}
	return path
}
