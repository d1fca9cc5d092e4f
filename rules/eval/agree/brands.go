package agree

import (
	"errors"
	"fmt"
	"strings"

	"weir/rules/eval/fold"
)

// brand is a name that strangers pose under, and the domains that are its own.
type brand struct {
	words []string // as they are written in a display name, folded, with blanks around: " royal mail "
	glued []string // the same in hosts: royalmail
	own   []string // first labels of its domains, with * for any ending, or whole domains with a dot
}

// brands is what files say about them.
type brands struct {
	list  []brand
	label map[string]int  // glued name to the brand
	many  int             // names and domains of all
	roles map[string]bool // words that go with a brand, or stand for a department
	words map[string]bool // names that are words or people's names too
}

// Bounds on what files may say.
const (
	maxBrands = 5000
	maxOfAll  = 50_000 // names and domains
)

// set reads brand NAME|NAME… [domain…], brand_words WORD… and brand_common NAME….
func (b *brands) set(key, value string) (known bool, err error) {
	words := strings.Fields(value)
	switch key {
	case "brand":
		if len(words) == 0 {
			return true, errors.New("write it so: brand royal_mail|royalmail royalmail.com rmail")
		}
		return true, b.add(words[0], words[1:])
	case "brand_words":
		return true, enter(&b.roles, words, strings.Fields)
	case "brand_common":
		return true, enter(&b.words, words, func(name string) []string { return []string{name, glued(name)} })
	}
	return false, nil
}

// glued writes a name in one word.
func glued(name string) string { return strings.ReplaceAll(name, " ", "") }

// enter adds names to a list, in the forms in which they are looked up.
func enter(list *map[string]bool, words []string, forms func(name string) []string) error {
	if *list == nil {
		*list = map[string]bool{}
	}
	for _, w := range words {
		name, err := nameOf(w)
		if err != nil {
			return err
		}
		for _, form := range forms(name) {
			(*list)[form] = true
		}
	}
	return nil
}

// nameOf reads a name as files write it.
func nameOf(written string) (string, error) {
	name := strings.ReplaceAll(written, "_", " ")
	switch words := folded(name); {
	case words == "":
		return "", fmt.Errorf("%q is no name", written)
	case words != name:
		return "", fmt.Errorf("%q is never in folded text: write it as %s", written, strings.ReplaceAll(words, " ", "_"))
	}
	return name, nil
}

// add takes one brand, or more of a brand that has one of the names already. Its names, written in one word, are its own domains too.
func (b *brands) add(names string, own []string) error {
	var it brand
	for _, written := range strings.Split(names, "|") {
		words, err := nameOf(written)
		if err != nil {
			return err
		}
		it.words = append(it.words, " "+words+" ")
		it.glued = append(it.glued, glued(words))
		if hyphens := strings.ReplaceAll(words, " ", "-"); hyphens != words {
			it.own = append(it.own, hyphens)
		}
	}
	it.own = append(it.own, it.glued...)
	for _, domain := range own {
		domain = strings.ToLower(domain)
		if begin := strings.TrimSuffix(domain, "*"); begin == "" || strings.ContainsAny(begin, "*/@:") {
			return fmt.Errorf("%q is no domain: write example.com, or its first label, example or example-*", domain)
		}
		it.own = append(it.own, domain)
	}
	return b.join(it)
}

// join puts a brand to the one that has its name.
func (b *brands) join(it brand) error {
	at := len(b.list)
	for _, g := range it.glued {
		if i, there := b.label[g]; there {
			at = i
			break
		}
	}
	b.many += len(it.words) + len(it.own)
	switch {
	case b.many > maxOfAll:
		return fmt.Errorf("%d names and domains of all brands together at most", maxOfAll)
	case at < len(b.list):
		old := &b.list[at]
		old.words, old.own = append(old.words, it.words...), append(old.own, it.own...)
	case at == maxBrands:
		return fmt.Errorf("%d brands at most", maxBrands)
	default:
		b.list = append(b.list, it)
	}
	if b.label == nil {
		b.label = map[string]int{}
	}
	for _, g := range it.glued {
		if _, there := b.label[g]; !there {
			b.label[g] = at
		}
	}
	return nil
}

func folded(text string) string {
	var t fold.Text
	t.Fold(text, 400)
	return strings.TrimSpace(string(t.Words))
}
