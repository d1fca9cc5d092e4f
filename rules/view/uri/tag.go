package uri

// tags are the tags of HTML that links are found in, by the bit of Types.
var tags = [...]string{
	4: "a", "area", "base", "bgsound", "body", "embed", "form", "frame", "iframe", "img", "link", "meta", "script", "table", "td", "tr",
}

// words are the names of the other types.
var words = [...]string{"parsed", "schemeless", "unlinked", "domainkeys"}

// Tag gives the type of a tag, in lower case; 0: no links are read from it.
func Tag(name string) Types {
	for i := len(words); i < len(tags); i++ {
		if tags[i] == name {
			return 1 << i
		}
	}
	return 0
}

// Names lists the names of a set of types.
func (t Types) Names() []string {
	var names []string
	for i := range tags {
		switch {
		case t&(1<<i) == 0:
		case i < len(words):
			names = append(names, words[i])
		default:
			names = append(names, tags[i])
		}
	}
	return names
}

// Has tells whether a type is in the set, by its name: a, img, parsed.
func (t Types) Has(name string) bool {
	for i := range tags {
		if t&(1<<i) != 0 && (i >= len(words) && tags[i] == name || i < len(words) && words[i] == name) {
			return true
		}
	}
	return false
}
