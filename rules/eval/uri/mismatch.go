package uri

import (
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
	"weir/rules/view/domain"
)

// addressMismatch hits when an anchor shows an https link by name, and leads to an IP address.
func addressMismatch(m *view.Mail) int {
	for _, doc := range m.Documents() {
		for i := range doc.Links {
			link := &doc.Links[i]
			if !toAddress(link.Raw, "http:", "https:") {
				continue
			}
			for _, text := range link.Texts {
				if !toAddress(text, "https:") && strings.Contains(strings.ToLower(text), "https:") {
					return 1
				}
			}
		}
	}
	return 0
}

// toAddress tells whether a link has one of the schemes, and four numbers with dots between for a host.
func toAddress(link string, schemes ...string) bool {
	for _, scheme := range schemes {
		if len(link) >= len(scheme) && strings.EqualFold(link[:len(scheme)], scheme) {
			rest := strings.TrimLeft(link[len(scheme):], "/")
			if i := strings.IndexAny(rest, "@/"); i > 0 && rest[i] == '@' && fourNumbers(rest[i+1:]) {
				return true
			}
			return fourNumbers(rest)
		}
	}
	return false
}

// fourNumbers tells whether a text begins with numbers like those of an IP address.
func fourNumbers(s string) bool {
	for n := 1; ; n++ {
		rest := strings.TrimLeft(s, "0123456789")
		if len(rest) == len(s) {
			return false
		}
		if n == 4 {
			return true
		}
		if !strings.HasPrefix(rest, ".") {
			return false
		}
		s = rest[1:]
	}
}

// bindMismatch binds the check for anchors that show an https link to one domain and lead to another, in documents with at
// least so many anchors, and fewer than so many.
func bindMismatch(c eval.Call) (eval.Check, error) {
	least, err := args.Number(c, 0, 1)
	if err != nil {
		return nil, err
	}
	below, err := args.Number(c, 1, 0)
	if err != nil {
		return nil, err
	}
	_, bounded := args.Text(c, 1)
	least = max(least, 1)
	return func(m *view.Mail) int {
		for _, doc := range m.Documents() {
			anchors, hit := mismatches(m.Set, doc)
			if hit && float64(anchors) >= least && (!bounded || float64(anchors) < below) {
				return 1
			}
		}
		return 0
	}, nil
}

// mismatches counts the links of a document that lead to a known domain, and tells whether one shows another.
func mismatches(set *view.Settings, doc view.Document) (anchors int, hit bool) {
	for i := range doc.Links {
		link := &doc.Links[i]
		n := web(link.Raw)
		if len(link.Texts) == 0 || n == 0 {
			continue
		}
		to := host(link.Raw[n:], "/:?#")
		if domain.IsIP(to) {
			continue
		}
		if to = set.Domains().Trim(to); to == "" || set.Links().Domain(to) == "" {
			continue
		}
		anchors++
		for _, text := range link.Texts {
			if shown := shownDomain(set.Domains(), text); shown != "" && shown != to {
				hit = true
			}
		}
	}
	return anchors, hit
}

// shownDomain gives the domain of the first https link in a text; "" where it has none that can be known.
func shownDomain(known *domain.Registries, text string) string {
	const scheme, slashes = "https", "://"
	for from := 0; ; {
		i := strings.Index(text[from:], slashes)
		if i < 0 {
			return ""
		}
		from += i + len(slashes)
		start := from - len(slashes) - len(scheme)
		if start < 0 || !strings.EqualFold(text[start:start+len(scheme)], scheme) {
			continue
		}
		if name := host(text[from:], " \t\n\v\f\r/:?#"); name != "" {
			return owner(known, name)
		}
	}
}

// owner gives the domain of a host with a known top-level domain, or an IP address; "" for others.
func owner(known *domain.Registries, name string) string {
	if domain.IsIP(name) {
		return name
	}
	if name = known.Trim(name); !known.Valid(name) {
		return ""
	}
	return name
}

// host cuts a text where its host ends.
func host(s, ends string) string {
	if i := strings.IndexAny(s, ends); i >= 0 {
		return s[:i]
	}
	return s
}
