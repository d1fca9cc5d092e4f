package link

import "strings"

// disguises are ways to write a dot, an @ and a colon that no program takes for one and every reader does.
var disguises = strings.NewReplacer(
	"[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "{dot}", ".", "[DOT]", ".", "(DOT)", ".", "{DOT}", ".",
	"[at]", "@", "(at)", "@", "{at}", "@", "[AT]", "@", "(AT)", "@", "[@]", "@", "(@)", "@",
	"[:]", ":", "[://]", "://", "[:]//", "://",
)

// undisguise writes a word as its reader reads it; false if that is how it is written.
func undisguise(word string, bits class) (string, bool) {
	if len(word) > maxRaw {
		return "", false
	}
	plain := word
	if bits&bracket != 0 && hasDisguise(word) {
		plain = disguises.Replace(plain)
	}
	if bits&high != 0 && invisible(plain) != 0 {
		plain = visible(plain)
	}
	return plain, plain != word
}

// hasDisguise looks for a bracket with a short word or a sign in it.
func hasDisguise(word string) bool {
	for i := 0; i+2 < len(word); i++ {
		switch word[i] {
		case '[', '(', '{':
			if c := word[i+1]; c == '.' || c == ':' || c == '@' || c|0x20 == 'd' || c|0x20 == 'a' {
				return true
			}
		}
	}
	return false
}

// reach bounds how far the text behind a word is looked at for the rest of a link that was pulled apart.
const reach = 256

// following gives the next word, without moving on.
func (s *scanner) following() string {
	ahead := scanner{text: s.text[:min(len(s.text), s.end+reach)], end: s.end}
	ahead.nextWord()
	return ahead.text[ahead.start:ahead.end]
}

// joined looks for links that spaces were put into: "http:// example.com", "www. example.com", "example .com/login".
func (s *scanner) joined(word string) {
	switch {
	case len(word) < 10 && strings.HasSuffix(word, "://") && isLetter(word[0]), equalFold(word, "www."):
		s.pulledApart(word, s.following())
	case word[0] == '.' && isLabel(s.prev) && commonTLD(word[1:]) && pathFollows(word):
		s.pulledApart(s.prev, word) // with a path only: "the .net framework" is no host
	}
}

// pathFollows tells whether a slash with a letter or digit behind it follows a top-level domain.
func pathFollows(word string) bool {
	at := strings.IndexByte(word, '/')
	return at > 0 && at+1 < len(word) && (isLetter(word[at+1]) || isDigit(word[at+1]))
}

// dotWord looks for "example dot com".
func (s *scanner) dotWord() {
	if next := s.following(); isLabel(s.prev) && commonTLD(next) {
		s.pulledApart(s.prev, "."+next)
	}
}

func (s *scanner) pulledApart(head, tail string) {
	s.flags, s.raw = Obfuscated, head+" "+tail
	s.links(head + tail)
	s.flags, s.raw = 0, ""
}

// isLabel tells whether a word could be a host name without its end.
func isLabel(s string) bool {
	if s == "" || len(s) > 100 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if classes[s[i]]&hostByte == 0 && s[i] != '.' && s[i] != ':' && s[i] != '/' {
			return false
		}
	}
	return true
}

// commonTLD tells whether a word begins with a top-level domain that is no word of its own ("polka dot in").
func commonTLD(s string) bool {
	end := 0
	for end < len(s) && isLetter(s[end]) {
		end++
	}
	if end < len(s) && strings.IndexByte("/.,;:!?)", s[end]) < 0 {
		return false
	}
	switch strings.ToLower(s[:end]) {
	case "com", "net", "org", "info", "biz", "ru", "cn", "xyz", "io", "co", "club", "online", "site", "shop", "uk", "de", "top":
		return true
	}
	return false
}
