package dmarcreport

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/filters"
)

// report is a report ready to be sent.
type report struct {
	holder, id, file string
	xml, packed      []byte
}

// write makes the report of a group, within a size. Kinds of which there were most come first; those for which there is
// no room are told as an error, as the schema has it.
func (s *Sender) write(g *group, d day) (*report, error) {
	kinds := g.kinds()
	left := g.left
	for {
		doc := s.document(g, d, kinds, left)
		text, err := doc.text()
		if err != nil {
			return nil, err
		}
		packed, err := pack(text, s.file(g, d)+".xml", s.now())
		if err != nil {
			return nil, err
		}
		if int64(len(packed)) <= int64(s.Config.Max) || len(kinds) == 1 {
			return &report{holder: g.holder, id: doc.Metadata.ID, file: s.file(g, d) + ".xml.gz", xml: text, packed: packed}, nil
		}
		keep := max(1, min(len(kinds)-1, int(int64(len(kinds))*int64(s.Config.Max)/int64(len(packed))*9/10)))
		for _, k := range kinds[keep:] {
			left += k.count
		}
		kinds = kinds[:keep]
	}
}

// kind is a number of mails that are alike.
type kind struct {
	data  string
	count int
}

func (g *group) kinds() []kind {
	var list []kind
	for _, data := range slices.Sorted(maps.Keys(g.mails)) {
		list = append(list, kind{data, g.mails[data]})
	}
	slices.SortStableFunc(list, func(a, b kind) int { return b.count - a.count })
	return list
}

func (s *Sender) document(g *group, d day, kinds []kind, left int) *document {
	doc := &document{
		Version: "1.0",
		Metadata: metadata{
			Organisation: s.Config.organisation(), Email: s.Config.From, Contact: s.Config.Contact, ID: s.id(g, d),
			Begin: d.begin.Unix(), End: d.end.Unix() - 1,
		},
		Policy: publish(g.holder, &g.policy),
	}
	if left > 0 {
		doc.Metadata.Errors = []string{fmt.Sprintf("%d messages of other kinds are left out, since there were too many", left)}
	}
	for _, k := range kinds {
		var f filters.Feedback
		if json.Unmarshal([]byte(k.data), &f) == nil {
			doc.Records = append(doc.Records, recorded(&f, k.count))
		}
	}
	return doc
}

// id tells a report from all others: the same mails give the same one, so that a report that came twice is seen to be.
func (s *Sender) id(g *group, d day) string {
	policy, _ := json.Marshal(g.policy)
	sum := sha256.Sum256([]byte(s.Config.From + "\x00" + g.holder + "\x00" + string(policy) + "\x00" + d.String()))
	return d.String() + "." + hex.EncodeToString(sum[:8])
}

// file is the name of RFC 7489 section 7.2.1.1, without what stands behind the dot.
func (s *Sender) file(g *group, d day) string {
	from := s.Config.From[strings.LastIndexByte(s.Config.From, '@')+1:]
	return fmt.Sprintf("%s!%s!%d!%d!%s", from, g.holder, d.begin.Unix(), d.end.Unix()-1, s.id(g, d)[len("2006-01-02."):])
}

func pack(text []byte, name string, now time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name, w.ModTime = name, now
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

// mail makes the mail that brings a report to one address.
func (s *Sender) mail(r *report, to string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	boundary := "weir-" + r.id
	line("Date: %s", s.now().Format(time.RFC1123Z))
	line("From: <%s>", s.Config.From)
	line("To: <%s>", to)
	line("Subject: Report Domain: %s\r\n Submitter: %s\r\n Report-ID: <%s>", r.holder, s.Hostname, r.id)
	line("Message-ID: <dmarc.%s.%s@%s>", r.id, short(r.holder+to), s.Hostname)
	line("Auto-Submitted: auto-generated")
	line("MIME-Version: 1.0")
	line("Content-Type: multipart/mixed; boundary=%q", boundary)
	line("\r\n--%s\r\nContent-Type: text/plain; charset=us-ascii\r\n", boundary)
	line("This is a DMARC aggregate report (RFC 7489) for %s.", r.holder)
	line("\r\n--%s\r\nContent-Type: application/gzip", boundary)
	line("Content-Disposition: attachment;\r\n filename=%q", r.file)
	line("Content-Transfer-Encoding: base64\r\n")
	text := base64.StdEncoding.EncodeToString(r.packed)
	for len(text) > 0 {
		n := min(76, len(text))
		line("%s", text[:n])
		text = text[n:]
	}
	line("--%s--", boundary)
	return b.Bytes()
}

func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
