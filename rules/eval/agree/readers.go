package agree

import (
	"encoding/base64"
	"slices"
	"strings"

	"weir/rules/view"
	"weir/rules/view/domain"
)

// linkHasReader tells that a web link which leads away from the author's domain carries a reader's address: as it is,
// with the at sign escaped, or in base64. Pages that ask for a password greet by it.
func linkHasReader(m *view.Mail) bool {
	marks := readerMarks(m)
	if len(marks) == 0 {
		return false
	}
	author := domainOf(m, m.List("From:addr"))
	links := m.URIs()
	for _, u := range links[:min(len(links), linksLookedAt)] {
		host := domain.OfLink(u)
		if host == "" || author != "" && m.Set.Domains().Trim(host) == author {
			continue
		}
		low := strings.ToLower(u)
		if slices.ContainsFunc(marks, func(mark string) bool { return hasMark(u, low, mark) }) {
			return true
		}
	}
	return false
}

const readersLookedFor = 5

// readerMarks are the forms in which links carry the readers' addresses: in small letters, and in base64 as it is.
func readerMarks(m *view.Mail) (marks []string) {
	for _, reader := range few(m.Recipients()) {
		if local, domain, ok := strings.Cut(reader, "@"); !ok || local == "" || domain == "" || len(marks) >= 3*readersLookedFor {
			continue
		} else {
			marks = append(marks, strings.ToLower(reader), strings.ToLower(local+"%40"+domain))
		}
		whole := len(reader) / 3 * 3 // the last bytes depend on what follows
		marks = append(marks, base64.StdEncoding.EncodeToString([]byte(reader[:whole])))
	}
	return marks
}

// hasMark looks for an address in a link in small letters, and for base64 in it as it is.
func hasMark(link, low, mark string) bool {
	if strings.Contains(mark, "@") || strings.Contains(mark, "%40") {
		return strings.Contains(low, mark)
	}
	return strings.Contains(link, mark)
}

const shortestHouse = 4 // letters of a domain's first part that does not stand in names by chance

// nameHasReaderHouse tells that the author's display name has the readers' domain, or its first part as a word, and the
// author is of another domain: somebody poses as the reader's own house. Mailboxes of big providers are nobody's house.
func nameHasReaderHouse(m *view.Mail) bool {
	author := domainOf(m, m.List("From:addr"))
	names := strings.ToLower(strings.Join(few(m.List("From:name")), "\n"))
	if author == "" || names == "" {
		return false
	}
	for _, reader := range few(m.Recipients()) {
		house := domainOf(m, []string{reader})
		label, _, _ := strings.Cut(house, ".")
		if house == author || len(label) < shortestHouse || strings.Contains(author, label) || isProvider(label) {
			continue
		}
		if hasWord(names, label) {
			return true
		}
	}
	return false
}

// authorOfReaderHouse tells that the author writes from the domain of a reader, which is no provider's.
func authorOfReaderHouse(m *view.Mail) bool {
	author := domainOf(m, m.List("From:addr"))
	if label, _, _ := strings.Cut(author, "."); author == "" || isProvider(label) {
		return false
	}
	return slices.ContainsFunc(few(m.Recipients()), func(reader string) bool { return domainOf(m, []string{reader}) == author })
}

// providers are first parts of domains at which everybody has a mailbox.
var providers = []string{"gmail", "googlemail", "google", "yahoo", "hotmail", "outlook", "live", "icloud", "apple", "proton", "mail", "yandex", "comcast", "orange", "free", "libero", "zoho"}

func isProvider(label string) bool { return slices.Contains(providers, label) }

const paragraphsLookedAt = 40 // of the text, for the reader's address

// textHasReader tells that the subject or the text names the reader by his mail address.
func textHasReader(m *view.Mail) bool {
	var readers []string
	for _, r := range few(m.Recipients()) {
		if strings.Contains(r, "@") && len(readers) < readersLookedFor {
			readers = append(readers, strings.ToLower(r))
		}
	}
	text := m.Body()
	for _, paragraph := range text[:min(len(text), paragraphsLookedAt)] {
		if strings.IndexByte(paragraph, '@') < 0 {
			continue
		}
		paragraph = strings.ToLower(paragraph)
		if slices.ContainsFunc(readers, func(r string) bool { return strings.Contains(paragraph, r) }) {
			return true
		}
	}
	return false
}
