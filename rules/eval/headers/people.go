package headers

import (
	"regexp"
	"slices"
	"strings"

	"weir/rules/ascii"
	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// recipients is what is odd about the list of those to whom a mail goes.
type recipients struct {
	sorted bool
	alike  float64 // of all pairs, the share that begins alike in name or host, but not in the whole host; up to 2
}

// Bounds, which are SpamAssassin's.
const (
	sortedFrom = 7   // recipients from which on their order means something
	alikeFrom  = 5   // recipients from which on their likeness does
	alikeBytes = 2   // bytes that are compared
	mostPeople = 256 // recipients that are looked at
)

type recipientsKey struct{}

func recipientsOf(m *view.Mail) recipients {
	return view.Once(m, recipientsKey{}, func() recipients {
		list := m.List("ToCc:addr")
		if len(list) < alikeFrom {
			list = append(slices.Clone(list), m.List("Bcc:addr")...)
		}
		list = unrepeated(list)
		return recipients{sorted: len(list) >= sortedFrom && slices.IsSorted(list), alike: likeness(list)}
	})
}

// unrepeated leaves out an address that follows itself.
func unrepeated(list []string) (out []string) {
	before := ""
	for _, a := range list {
		if a == "" || a == "0" || len(out) == mostPeople {
			break
		}
		if !strings.EqualFold(a, before) {
			out, before = append(out, a), a
		}
	}
	return out
}

func likeness(list []string) float64 {
	if len(list) < alikeFrom {
		return 0
	}
	hosts := make([]string, len(list))
	for i, a := range list {
		_, hosts[i], _ = strings.Cut(a, "@")
	}
	hits, pairs := 0, 0
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			hits += args.Yes(start(list[i]) == start(list[j])) + args.Yes(start(hosts[i]) == start(hosts[j]) && hosts[i] != hosts[j])
			pairs++
		}
	}
	return float64(hits) / float64(pairs)
}

func start(s string) string { return s[:min(len(s), alikeBytes)] }

func sameSender(m *view.Mail) bool {
	return strings.EqualFold(get(m, "EnvelopeFrom:addr"), get(m, "From:addr"))
}

func noRecipient(m *view.Mail) bool { return get(m, "To") == "" && get(m, "Apparently-To") == "" }

// otherDomain tells whether author and envelope's sender are of different domains, by their last two labels.
func otherDomain(m *view.Mail) bool {
	a, b := lastLabels(get(m, "From:addr")), lastLabels(get(m, "EnvelopeFrom:addr"))
	return a != "" && b != "" && !strings.EqualFold(a, b)
}

func lastLabels(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return ""
	}
	d := address[i+1:]
	end := strings.LastIndexByte(d, '.')
	if end < 0 || end == len(d)-1 {
		return d
	}
	if dot := strings.LastIndexByte(d[:end], '.'); dot > 0 && dot < end-1 {
		return d[dot+1:]
	}
	return d
}

// recipientInSender finds the recipient's address, domain first, in the envelope's sender.
func recipientInSender(m *view.Mail) bool {
	to, sender := get(m, "To:addr"), get(m, "EnvelopeFrom:addr")
	user, host, ok := strings.Cut(to, "@")
	if !ok || user == "" || host == "" || sender == "" || rewritten.MatchString(sender) {
		return false
	}
	domain := m.Set.Domains().Trim(host)
	if !m.Set.Domains().Valid(domain) {
		return false
	}
	sender, domain, user = strings.ToLower(sender), strings.ToLower(domain), strings.ToLower(user)
	for at := 0; ; at++ {
		i := strings.Index(sender[at:], domain)
		if i < 0 {
			return false
		}
		at += i
		rest := sender[at+len(domain):]
		if (at == 0 || !ascii.Word(sender[at-1])) && len(rest) > 1 && strings.HasPrefix(rest[1:], user+"@") {
			return true
		}
	}
}

var rewritten = regexp.MustCompile(`(?i)^SRS\d[=+-]`)

// bindInSubject binds check_for_to_in_subject("address" or "user"): the subject calls the recipient by his address.
func bindInSubject(c eval.Call) (eval.Check, error) {
	what, _ := args.Text(c, 0)
	return func(m *view.Mail) int {
		to, there := m.Get("To:addr")
		if !there || to == "" {
			return 0
		}
		subject := strings.TrimSuffix(get(m, "Subject"), "\n")
		switch what {
		case "address":
			return args.Yes(hasWord(subject, to))
		case "user":
			user, _, _ := strings.Cut(to, "@")
			return args.Yes(calls(subject, user))
		}
		return 0
	}, nil
}

// hasWord tells whether a text has a word, in any case, with its ends at edges of words in Perl's sense.
func hasWord(s, word string) bool {
	low, word := strings.ToLower(s), strings.ToLower(word)
	for at := 0; word != ""; at++ {
		i := strings.Index(low[at:], word)
		if i < 0 {
			break
		}
		at += i
		if ascii.Edge(low, at) && ascii.Edge(low, at+len(word)) {
			return true
		}
	}
	return false
}

// signs are those that may stand behind a name.
const signs = ",:;!?-"

// calls tells whether a subject calls somebody by name: "ann", "Re: ann", "Re: hello ann", "ann, …", ", ann!".
func calls(s, name string) bool {
	if strings.EqualFold(s, name) || answers(s, name) {
		return true
	}
	if rest, ok := strings.CutPrefix(s, name); ok {
		rest = strings.TrimLeft(rest, white)
		if rest != "" && strings.IndexByte(signs, rest[0]) >= 0 && (len(rest) == 1 || strings.IndexByte(white, rest[1]) >= 0) {
			return true
		}
	}
	rest, ok := strings.CutPrefix(s, ",")
	rest = strings.TrimLeft(rest, white)
	return ok && rest != "" && strings.IndexByte(signs, rest[len(rest)-1]) >= 0 && strings.EqualFold(rest[:len(rest)-1], name)
}

const white = " \t\r\n\v\f"

// answers tells whether a subject is "Re: ann", perhaps with one word before the name.
func answers(s, name string) bool {
	if len(s) < 3 || !strings.EqualFold(s[:3], "re:") && !strings.EqualFold(s[:3], "fw:") {
		return false
	}
	rest := strings.TrimLeft(s[3:], white)
	if strings.EqualFold(rest, name) {
		return true
	}
	n := 0
	for n < len(rest) && ascii.Word(rest[n]) {
		n++
	}
	after := strings.TrimLeft(rest[n:], white)
	return n > 0 && len(after) < len(rest)-n && strings.EqualFold(after, name)
}
