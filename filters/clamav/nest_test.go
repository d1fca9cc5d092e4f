//go:build unix

package clamav

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/filters/scanner"
	"weir/message/archive/archivetest"
)

// packings are all formats that message/archive opens.
var packings = append(archivetest.Packs[:len(archivetest.Packs):len(archivetest.Packs)], archivetest.Pack{Name: "x.iso", Make: archivetest.ISO})

// transfers are the transfer encodings.
var transfers = []struct {
	name   string
	encode func([]byte) string
}{
	{"base64", lines},
	{"quoted-printable", quoted},
	{"x-uuencode", func(b []byte) string { return "begin 644 report.txt\r\n" + uu(string(b)) + "`\r\nend\r\n" }},
	{"binary", func(b []byte) string { return string(b) + "\r\n" }},
}

// nested is a file two levels deep.
type nested struct {
	name string
	data []byte
}

// payload is the test file within a text, so that whoever packs it has something to pack: in a few bytes that are only
// stored, a scanner would find it without opening anything.
func payload() []byte {
	var text []byte
	for i := range 150 {
		text = fmt.Appendf(text, "Line %d of the report says %d.\n", i, i*i)
	}
	return append(append(text, scanner.EICAR()...), text...)
}

// packed gives the test file in each format, and in each format within each.
func packed(t *testing.T) (all []nested) {
	for _, outer := range packings {
		all = append(all, nested{outer.Name, outer.Make(t, "report.txt", payload())})
	}
	for _, outer := range packings {
		for i, inner := range packings {
			data := all[i].data
			all = append(all, nested{outer.Name + " of " + inner.Name, outer.Make(t, inner.Name, data)})
		}
	}
	return all
}

// everyNesting: each archive type in each transfer encoding, by its name and by a false one, and in a message within the
// message; and each archive type in each other, carried in two of these sixteen ways, which change from pair to pair.
// With WEIR_EVERY_NESTING set each pair is carried in all ways, which takes minutes. All are asked of one clamd.
func everyNesting(t *testing.T, f *filter) {
	var each sync.WaitGroup
	gate := make(chan struct{}, 8)
	all := os.Getenv("WEIR_EVERY_NESTING") != ""
	for k, p := range packed(t) {
		for j, e := range transfers {
			for i := range 4 {
				if way := 4*j + i; !all && k >= len(packings) && way != k%16 && way != (k*5+7)%16 {
					continue
				}
				gate <- struct{}{}
				each.Go(func() {
					defer func() { <-gate }()
					nesting(t, f, p, e.name, e.encode(p.data), i&1 > 0, i&2 > 0)
				})
			}
		}
	}
	each.Wait()
}

func nesting(t *testing.T, f *filter, p nested, encoding, body string, renamed, inner bool) {
	name := "archive"
	if renamed {
		name = "photo.jpg"
	}
	mail := fmt.Sprintf("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\nContent-Type: application/octet-stream\r\n"+
		"Content-Transfer-Encoding: %s\r\nContent-Disposition: attachment; filename=%q\r\n\r\n%s\r\n--bb--\r\n", encoding, name, body)
	if inner {
		mail = "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + mail
	}
	ctx, cancel := context.WithTimeout(t.Context(), plenty)
	defer cancel()
	r, err := f.Check(ctx, load(mail), filters.Findings{})
	filtertest.CheckResult(t, Spec, r)
	if err != nil || r.Scan != filters.ScanInfected {
		t.Errorf("%s as %s, renamed %v, in a nested message %v: %s %v, %v", p.name, encoding, renamed, inner, r.Scan, r.Hits, err)
	}
}

// unopened are archives that neither clamd nor we can look into, or that need a password.
func unopened(t *testing.T, f *filter) {
	locked := archivetest.RARFile{Name: "report.txt", Data: []byte("what nobody can read"), Encrypted: true}
	zipFlag := archivetest.StoredZip(t, "report.txt", []byte("what nobody can read"))
	zipFlag[6] |= 1
	zipFlag[bytes.Index(zipFlag, []byte("PK\x01\x02"))+8] |= 1
	seven := archivetest.Seven(t, "report.txt", []byte("what is cut off"))
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"encrypted zip", "unscanned CLAMAV_ENCRYPTED", zipFlag},
		{"encrypted zip in a tar", "unscanned CLAMAV_ENCRYPTED", archivetest.Tar(t, "a.zip", zipFlag)},
		{"encrypted RAR 4", "unscanned CLAMAV_ENCRYPTED", archivetest.RAR4(false, locked)},
		{"encrypted RAR 5", "unscanned CLAMAV_ENCRYPTED", archivetest.RAR5(false, locked)},
		{"RAR 4 with encrypted names", "unscanned CLAMAV_ENCRYPTED", archivetest.RAR4(true, locked)},
		{"RAR 5 with encrypted names", "unscanned CLAMAV_ENCRYPTED", archivetest.RAR5(true, locked)},
		{"7z that is cut off", "unscanned CLAMAV_LIMITS", seven[:len(seven)-9]},
		{"7z that is cut off, in a zip", "unscanned CLAMAV_LIMITS", archivetest.Zip(t, "a.7z", seven[:len(seven)-9])},
		{"ACE", "unscanned CLAMAV_LIMITS", []byte("\x00\x00\x00\x00\x00\x00\x00**ACE**\x14\x14\x02\x00and what nobody opens")},
		{"CAB, which clamd opens", "clean", []byte("MSCF\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x00\x00\x00\x2c\x00\x00\x00")},
		{"zip that both open", "clean", archivetest.Zip(t, "report.txt", []byte("what everybody can read"))},
		{"7z that we open", "clean", archivetest.Seven(t, "report.txt", []byte("what everybody can read"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := check(t, f, field("base64", lines(c.data)), plenty)
			want(t, r, err, c.want)
		})
	}
}

// TestManyFilesOfAForeignArchiveAreFewScans: five thousand scans would take minutes.
func TestManyFilesOfAForeignArchiveAreFewScans(t *testing.T) {
	var files []archivetest.RARFile
	for i := range 2000 {
		files = append(files, archivetest.RARFile{Name: fmt.Sprint(i), Data: fmt.Appendf(nil, "file %d", i)})
	}
	files = append(files, archivetest.RARFile{Name: "large", Data: bytes.Repeat([]byte("x"), smallest)}, archivetest.RARFile{Name: "last", Data: payload()})
	d := newFake(t, func(_ net.Conn, data []byte) string {
		if bytes.HasPrefix(data, head) {
			return "stream: OK\n" // as one that does not open such archives
		}
		return finds(data)
	})
	f := newTest(t, addresses(d), env())
	r, err := check(t, f, field("base64", lines(archivetest.RAR5(false, files...))), plenty)
	want(t, r, err, "infected CLAMAV_VIRUS")
	if n := d.scans.Load(); n < 4 || n > 8 {
		t.Errorf("%d scans", n)
	}
}

// smallest is the size of a file that is sent by itself.
const smallest = 100 << 10
