package attachments

import (
	"strings"
	"unicode"

	"weir/message/archive"
)

// fileName is what a file's name says to a person and to a program.
type fileName struct {
	base   string // without folders
	ending string // as Windows sees it, lower case, without the dot
	inner  string // the ending before that, if it is one that documents have
	odd    string // how the name deceives its reader; "" it does not
}

// takeApart reads a name as Windows does, which knows nothing of dots and blanks at its end, and leaves out what stands
// behind a colon (a stream of NTFS).
func takeApart(name string) (n fileName) {
	name = strings.TrimRight(name, unfit)
	n.base = archive.Base(name)
	clean, odd := plain(n.base)
	n.odd = odd
	if i := strings.IndexByte(clean, ':'); i > 1 {
		clean, n.odd = clean[:i], "a stream behind a colon"
	}
	trimmed := strings.TrimRight(clean, ". \t")
	if trimmed != clean && strings.Contains(trimmed, ".") && active[endingOf(trimmed)] {
		n.odd = "dots or blanks behind its end"
	}
	n.ending = endingOf(trimmed)
	if n.ending == "" {
		return n
	}
	stem := trimmed[:len(trimmed)-len(n.ending)-1]
	short := strings.TrimRight(stem, " \t_.")
	if len(stem)-len(short) >= 8 {
		n.odd = "many blanks before its ending"
	}
	if inner := endingOf(short); documents[inner] {
		n.inner = inner
	}
	return n
}

// unfit are signs that no file's name has under Windows: programs drop them.
const unfit = `/\"'<>|?*` + "\x00 "

// isClass tells whether an ending is a class's number in braces: Windows opens the file with that class, and does not show
// the ending (a.txt.{3050f4d8-…} is an HTML application).
func isClass(ending string) bool {
	return len(ending) == 38 && ending[0] == '{' && ending[37] == '}' && strings.Count(ending, "-") == 4
}

// endingOf is what stands behind the last dot, in lower case.
func endingOf(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(name[i+1:]))
}

// plain takes out of a name what turns it round, is not shown, or only looks like a dot.
func plain(name string) (clean, odd string) {
	ascii := true
	for i := range len(name) {
		ascii = ascii && name[i] < 0x80 && name[i] >= ' '
	}
	if ascii {
		return name, ""
	}
	clean = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c:
			odd = "characters that turn it round"
			return -1
		case r == 0x200b || r == 0x2060 || r == 0x2800 || r == 0x3164 || r == 0x115f || r == 0x1160 || r == 0xffa0 || r == 0xfeff || r == 0xad || r == 0x180e:
			odd = "characters that are not shown"
			return -1
		case r == 0xff0e || r == 0x2024 || r == 0xfe52:
			odd = "a dot that is none"
			return '.'
		case r < ' ' || r == 0x7f:
			odd = "control characters"
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	return clean, odd
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// documents are endings that people trust: those that a double extension pretends to.
var documents = set("pdf doc docx docm dot dotx xls xlsx xlsm ppt pptx rtf odt ods odp txt csv jpg jpeg png gif bmp webp tif tiff heic mp3 mp4 avi mov wav zip html htm eml msg xml json")

// active are endings that run when they are clicked, whatever the admin's list says.
var active = set("exe com scr pif cpl bat cmd ps1 vbs vbe js jse wsf wsh hta lnk jar msi msix appx reg scf url")

// page are endings of files that a browser opens as HTML.
var page = set("html htm shtml shtm xhtml xht")

// pictures are endings and kinds that never hold anything else.
var pictures = set("jpg jpeg png gif bmp webp tif tiff heic ico mp3 mp4 avi mov wav mpg mpeg ogg flac")

// unseen are endings of archives that are not opened, beside those that their first bytes tell.
var unseen = set("ace arj cab lzh lha zpaq sit sitx alz egg arc zoo uha kgb")
