package pdf

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"weir/rules/view"
)

// info is what is known of all PDF files of a mail.
type info struct {
	count, pictures     int
	area                float64      // pixels of the pictures of the last file that has any
	sizes               [][2]float64 // height and width
	encrypted           bool
	names, sums, shapes map[string]bool
	details             map[string]map[string]bool // author, creator, producer, title, created, modified
}

type filesKey struct{}

// files reads the PDF files of a mail.
func files(m *view.Mail) *info {
	return view.Once(m, filesKey{}, func() *info {
		f := &info{names: map[string]bool{}, sums: map[string]bool{}, shapes: map[string]bool{}, details: map[string]map[string]bool{}}
		for _, p := range m.Parts().Parts {
			kind, ok := strings.CutPrefix(p.Type, "application/")
			if !ok {
				kind, ok = strings.CutPrefix(p.Type, "image/")
			}
			name := strings.ToLower(p.Name)
			called := strings.HasSuffix(name, ".pdf") || strings.HasSuffix(name, ".fdf")
			if ok && p.IsLeaf() && (kind == "pdf" || kind == "octet-stream" && called) {
				f.count++
				f.read(p.Decoded(), p.Name)
			}
		}
		return f
	})
}

// maxHead is how far from the beginning a file must say what it is, in bytes.
const maxHead = 1024

var magic = regexp.MustCompile(`%PDF-\d\.\d`)

// reader reads one file.
type reader struct {
	*info
	shape  []byte // of the first lines, without those about size
	shaped bool   // no more
	tags   []byte // names that lines begin with
	line   int
	inside bool    // a picture begins, its size is to come
	h, w   float64 // of all pictures together
	area   float64
}

// maxShape is how many lines make the shape of a file.
const maxShape = 70

// maxFile is how many bytes of a file are read.
const maxFile = 16 << 20

func (f *info) read(data []byte, name string) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	data = data[:min(len(data), maxFile)]
	if !magic.Match(data[:min(len(data), maxHead+len("%PDF-1.4"))]) {
		return
	}
	if name != "" {
		f.names[name] = true
	}
	r := reader{info: f}
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		if len(line) > 0 {
			r.read(line)
		}
	}
	if r.h > 0 && r.w > 0 {
		f.sizes = append(f.sizes, [2]float64{r.h, r.w})
	}
	if r.area > 0 {
		f.area = r.area
	}
	f.sums[sum(data)] = true
	for _, s := range [][]byte{r.shape, r.tags} {
		if len(s) > 0 {
			f.shapes[sum(s)] = true
		}
	}
}

// sum gives the MD5 of some bytes in capital letters. It names files, it protects nothing.
func sum(b []byte) string {
	s := md5.Sum(b)
	return strings.ToUpper(hex.EncodeToString(s[:]))
}

var (
	unshaped = regexp.MustCompile(`^(?:%|/(?:Height|Width|(?:Media|Crop)Box)|\d+\s+\d+\s+\d+\s+\d+\s+\d+\s+\d+\s+cm$)`)
	matrix   = regexp.MustCompile(`^(\d+)\s+\d+\s+\d+\s+(\d+)\s+\d+\s+\d+\s+cm$`)
	both     = regexp.MustCompile(`/Width\s(\d+)/Height\s(\d+)`)
	tag      = regexp.MustCompile(`^/([A-Za-z]+)`)
	dates    = regexp.MustCompile(`/(CreationDate|ModDate)\s{0,2}\(D:(\d+)`)
	property = regexp.MustCompile(`/(Author|Creator|Producer|Title)\s{0,2}(\((?:[^\\\n]|\\.)*?\)|<[^>]*>)`)
)

// read takes a line.
func (r *reader) read(line []byte) {
	if r.line++; !r.shaped && r.line < maxShape {
		if !unshaped.Match(line) {
			r.shape = append(r.shape, bytes.TrimRight(line, " \t\v\f\r\n")...)
		}
		r.shaped = bytes.Contains(line, []byte("stream"))
	}
	r.inside = r.inside || bytes.Contains(line, []byte("/Image"))
	r.encrypted = r.encrypted || bytes.HasPrefix(line, []byte("/Encrypt"))
	if r.inside {
		r.picture(line)
	}
	if bytes.IndexByte(line, '/') < 0 {
		return
	}
	if t := tag.FindSubmatch(line); t != nil {
		r.tags = append(r.tags, t[1]...)
	}
	r.properties(line)
}

// picture looks for the size of a picture in a line.
func (r *reader) picture(line []byte) {
	found := matrix.FindSubmatch(line)
	if found == nil {
		found = both.FindSubmatch(line)
	}
	if found == nil {
		return
	}
	w, errW := strconv.ParseFloat(string(found[1]), 64)
	h, errH := strconv.ParseFloat(string(found[2]), 64)
	if errW != nil || errH != nil || w == 0 || h == 0 {
		return
	}
	r.shaped, r.inside = true, false
	r.pictures++
	r.h, r.w, r.area = r.h+h, r.w+w, r.area+h*w
	if len(r.sizes) < maxSizes {
		r.sizes = append(r.sizes, [2]float64{h, w})
	}
}

// maxSizes bounds how many sizes and details are kept.
const maxSizes = 10_000

// properties keeps what a line says of the file.
func (r *reader) properties(line []byte) {
	for _, p := range property.FindAllSubmatch(line, -1) {
		r.detail(strings.ToLower(string(p[1])), text(string(p[2])))
	}
	for _, d := range dates.FindAllSubmatch(line, -1) {
		name := "created"
		if string(d[1]) == "ModDate" {
			name = "modified"
		}
		r.detail(name, string(d[2]))
	}
}

func (r *reader) detail(name, value string) {
	if r.details[name] == nil {
		r.details[name] = map[string]bool{}
	}
	if len(r.details[name]) < maxSizes {
		r.details[name][value] = true
	}
}

// maxText bounds a detail, in bytes.
const maxText = 256

var octal = regexp.MustCompile(`\\([0-3][0-7][0-7])`)

// text reads a string of PDF: (in parentheses, with escapes) or <in hex>.
func text(s string) string {
	if strings.HasPrefix(s, "<") {
		s = narrow(unhex(s))
	} else {
		s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
		s = octal.ReplaceAllStringFunc(s, func(o string) string {
			n, _ := strconv.ParseUint(o[1:], 8, 8)
			return string([]byte{byte(n)})
		})
		s = strings.NewReplacer(`\(`, "(", `\)`, ")", `\\`, `\`).Replace(narrow(s))
	}
	return s[:min(len(s), maxText)]
}

// unhex reads the pairs of hex digits in a text.
func unhex(s string) string {
	var out []byte
	for i := 0; i+1 < len(s); i++ {
		if n, err := strconv.ParseUint(s[i:i+2], 16, 8); err == nil {
			out = append(out, byte(n))
			i++
		}
	}
	return string(out)
}

// narrow leaves the zero bytes of UTF-16 out.
func narrow(s string) string {
	if rest := strings.TrimPrefix(strings.TrimPrefix(s, "\xfe\xff"), "\xff\xfe"); len(rest) < len(s) {
		return strings.ReplaceAll(rest, "\x00", "")
	}
	return s
}
