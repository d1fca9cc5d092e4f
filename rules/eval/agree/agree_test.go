package agree

import (
	"errors"
	"strings"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

func TestParts(t *testing.T) {
	html := "From: Ann <ann@bank.test>\nContent-Type: text/html\n\n"
	for name, c := range map[string]struct {
		function, mail string
		want           int
	}{
		"an author whose domain stands nowhere else":           {"author_unconfirmed", "From: ann@bank.com\nMessage-ID: <1@host.org>\n\nx\n", 1},
		"an author whose domain is in the Message-ID":          {"author_unconfirmed", "From: ann@mail.bank.com\nMessage-ID: <1@host.BANK.com>\n\nx\n", 0},
		"an author whose domain signed":                        {"author_unconfirmed", "From: ann@bank.com\nMessage-ID: <1@host.org>\nDKIM-Signature: v=1; d=bank.com; b=x\n\nx\n", 0},
		"a mail without fields that would know the author":     {"author_unconfirmed", "From: ann@bank.com\n\nx\n", 0},
		"a mail without an author":                             {"author_unconfirmed", "Message-ID: <1@host.org>\n\nx\n", 0},
		"an author who is a reader":                            {"author_is_reader", "From: Ann <ann@bank.com>\nTo: bob@bank.com, ANN@bank.com\n\nx\n", 1},
		"an author who is no reader":                           {"author_is_reader", "From: Ann <ann@bank.com>\nTo: bob@bank.com\n\nx\n", 0},
		"answers to another domain":                            {"reply_elsewhere", "From: ann@bank.com\nReply-To: ann@gmail.com\n\nx\n", 1},
		"answers to another host of the domain":                {"reply_elsewhere", "From: ann@bank.com\nReply-To: ann@mail.bank.com\n\nx\n", 0},
		"no Reply-To":                                          {"reply_elsewhere", "From: ann@bank.com\n\nx\n", 0},
		"a subject with the reader's name":                     {"subject_has_reader", "To: bobby@bank.com\nSubject: Bobby, lower your rates\n\nx\n", 1},
		"a subject with the reader's name within a word":       {"subject_has_reader", "To: bobby@bank.com\nSubject: bobbyish rates\n\nx\n", 0},
		"a name too short to say anything":                     {"subject_has_reader", "To: bob@bank.com\nSubject: bob and rates\n\nx\n", 0},
		"links, none of them to the author":                    {"links_elsewhere", "From: ann@bank.com\n\nhttp://shop.org/ http://host.net/\n", 1},
		"links, one of them to the author":                     {"links_elsewhere", "From: ann@bank.com\n\nhttp://shop.org/ http://www.bank.com/\n", 0},
		"no links":                                             {"links_elsewhere", "From: ann@bank.com\n\nhello\n", 0},
		"a link whose text is another's address":               {"link_text_elsewhere", html + `<a href="http://evil.org/x">https://www.bank.com/login</a>` + "\n", 1},
		"a link whose text is another's name":                  {"link_text_elsewhere", html + `<a href="http://evil.org/x">www.bank.com</a>` + "\n", 1},
		"a link whose text is its own address":                 {"link_text_elsewhere", html + `<a href="http://click.bank.com/x">https://www.bank.com/login</a>` + "\n", 0},
		"a link whose text is words":                           {"link_text_elsewhere", html + `<a href="http://evil.org/x">the bank, www.bank.com</a>` + "\n", 0},
		"a link that hides its host behind another's, in text": {"link_text_elsewhere", html + `<a href="http://www.bank.com@evil.org/x">http://www.bank.com/</a>` + "\n", 1},
		"a link with the reader's address, to another domain":  {"link_has_reader", "From: ann@bank.com\nTo: bob@firm.com\n\nhttp://evil.org/?e=Bob@firm.com\n", 1},
		"a link with the reader's address, escaped":            {"link_has_reader", "From: ann@bank.com\nTo: bob@firm.com\n\nhttp://evil.org/?e=bob%40firm.com\n", 1},
		"a link with the reader's address in base64":           {"link_has_reader", "From: ann@bank.com\nTo: bob@firm.com\n\nhttp://evil.org/#Ym9iQGZpcm0uY29t\n", 1},
		"a link with the reader's address, to the author":      {"link_has_reader", "From: ann@bank.com\nTo: bob@firm.com\n\nhttp://www.bank.com/?e=bob@firm.com\n", 0},
		"a link without the reader's address":                  {"link_has_reader", "From: ann@bank.com\nTo: bob@firm.com\n\nhttp://evil.org/?e=carl@firm.com\n", 0},
		"a name that has the reader's house":                   {"name_has_reader_house", "From: FIRMA Post <x@evil.org>\nTo: bob@firma.com\n\nx\n", 1},
		"a name that has the reader's house, from there":       {"name_has_reader_house", "From: Firma Post <x@mail.firma.com>\nTo: bob@firma.com\n\nx\n", 0},
		"a name that has the reader's provider":                {"name_has_reader_house", "From: Gmail Team <x@evil.org>\nTo: bob@gmail.com\n\nx\n", 0},
		"all links to one stranger":                            {"links_to_one_stranger", "From: ann@bank.com\n\nhttp://a.shop.org/ http://b.shop.org/x\n", 1},
		"links to two strangers":                               {"links_to_one_stranger", "From: ann@bank.com\n\nhttp://a.shop.org/ http://b.org/x\n", 0},
		"a link to the author beside a stranger's":             {"links_to_one_stranger", "From: ann@bank.com\n\nhttp://a.shop.org/ http://www.bank.com/x\n", 0},
		"a stranger's link beside the author's picture":        {"links_to_one_stranger", html + `<img src="http://bank.test/x.png"><a href="http://shop.org/">x</a>` + "\n", 1},
		"a stranger's link beside a host in text":              {"links_to_one_stranger", "From: ann@bank.com\n\nhttp://a.shop.org/ firm.com\n", 1},
		"no link to a stranger":                                {"links_to_one_stranger", "From: ann@bank.com\n\nx\n", 0},
		"a text with the reader's address":                     {"text_has_reader", "To: bob@firm.com\n\nDear Bob@firm.com,\n", 1},
		"an author of the reader's house":                      {"author_of_reader_house", "From: ann@firm.com\nTo: bob@mail.firm.com\n\nx\n", 1},
		"an author of the reader's provider":                   {"author_of_reader_house", "From: ann@gmail.com\nTo: bob@gmail.com\n\nx\n", 0},
		"an author of another house":                           {"author_of_reader_house", "From: ann@bank.com\nTo: bob@firm.com\n\nx\n", 0},
		"a text with another's address":                        {"text_has_reader", "To: bob@firm.com\n\nDear rob@firm.com,\n", 0},
		"a text of 640 words":                                  {"long_text", "Subject: x\n\n" + strings.Repeat("one two\n", 320), 1},
		"a text of 639 words":                                  {"long_text", "Subject: x\n\n" + strings.Repeat("one two\n", 319) + "one\n", 0},
		"25 words in a row":                                    {"long_row", "Subject: x\n\n1 " + strings.Repeat("one ", 25), 1},
		"25 words in a row, the first one in brackets":         {"long_row", "Subject: x\n\n1 (" + strings.Repeat("one ", 25), 1},
		"25 words in two rows":                                 {"long_row", "Subject: x\n\n" + strings.Repeat("one ", 12) + "2 " + strings.Repeat("one ", 13), 0},
		"25 words in two paragraphs":                           {"long_row", "Subject: x\n\n" + strings.Repeat("one ", 12) + "\n\n" + strings.Repeat("one ", 13), 0},
		"25 words in another alphabet":                         {"long_row", "Subject: x\nContent-Type: text/plain; charset=utf-8\n\n" + strings.Repeat("один ", 25), 1},
		"three words without a vowel":                          {"word_soup", "Subject: x\n\nbuy xkqwz, vvbtr plkmn\n", 1},
		"three words with digits within":                       {"word_soup", "Subject: x\n\nabc12de, xyz345fg klm99no.\n", 1},
		"two words without a vowel and a name":                 {"word_soup", "Subject: x\n\nxkqwz vvbtr Ann\n", 0},
		"short words without a vowel":                          {"word_soup", "Subject: x\n\nthe BBC, HTML, XML, CSS and JPG\n", 0},
		"a word of digits and letters":                         {"word_soup", "Subject: x\n\nabc12 abc12de 12abc345\n", 0},
		"a name that has the house within a word":              {"name_has_reader_house", "From: Confirmator <x@evil.org>\nTo: bob@firma.com\n\nx\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), nil, c.mail, "header", c.function); got != c.want {
				t.Errorf("%s: got %d, want %d", c.function, got, c.want)
			}
		})
	}
}

var brandLines = evaltest.Lines{{"brand", "paypal paypalobjects.com"}, {"brand", "royal_mail"}, {"brand", "chase chase-* bank.uk.com"}, {"brand", "microsoft office.com"}, {"brand", "github"}, {"brand_common", "chase"}, {"brand_words", "service support security team uk"}}

func TestBrands(t *testing.T) {
	for name, c := range map[string]struct {
		function, mail string
		want           int
	}{
		"a brand and a word of its kind":              {"name_poses_as_brand", "From: PayPal Service <x@evil.org>\n\nx\n", 1},
		"a brand in look-alike letters":               {"name_poses_as_brand", "From: =?utf-8?q?P=D0=B0yP=D0=B0l?= <x@evil.org>\n\nx\n", 1},
		"a brand with a digit for a letter":           {"name_poses_as_brand", "From: Micr0soft Team <x@evil.org>\n\nx\n", 1},
		"a brand of two words":                        {"name_poses_as_brand", "From: Royal Mail UK <x@evil.org>\n\nx\n", 1},
		"a brand that is a surname":                   {"name_poses_as_brand", "From: Ann Chase <x@evil.org>\n\nx\n", 0},
		"a brand from its own domain":                 {"name_poses_as_brand", "From: PayPal <x@mail.paypal.co.uk>\n\nx\n", 0},
		"a brand from its own domain with a hyphen":   {"name_poses_as_brand", "From: Royal Mail <x@royal-mail.test>\n\nx\n", 0},
		"a brand from a domain that begins as listed": {"name_poses_as_brand", "From: Chase <x@chase-home.test>\n\nx\n", 0},
		"a brand from below a listed domain":          {"name_poses_as_brand", "From: Chase <x@a.bank.uk.com>\n\nx\n", 0},
		"a brand from a domain for its mail":          {"name_poses_as_brand", "From: PayPal <x@paypal-mail.test>\n\nx\n", 0},
		"a link below a registry named as the brand":  {"link_has_brand", "From: x@evil.org\n\nhttp://ann.github.io/\n", 0},
		"a brand from a listed domain":                {"name_poses_as_brand", "From: Microsoft <x@office.com>\n\nx\n", 0},
		"a brand beside other words":                  {"name_has_brand", "From: The PayPal Fan Club <x@evil.org>\n\nx\n", 1},
		"a brand within a word":                       {"name_has_brand", "From: Purchases <x@evil.org>\n\nx\n", 0},
		"a brand that is a word, beside others":       {"name_has_brand", "From: The Slow Chase <x@evil.org>\n\nx\n", 0},
		"a brand that is a word, in a host":           {"author_domain_has_brand", "From: x@the-chase.org\n\nx\n", 0},
		"a brand that is a word, alone":               {"name_poses_as_brand", "From: Chase <x@evil.org>\n\nx\n", 1},
		"a brand in the subject":                      {"subject_has_brand", "From: x@evil.org\nSubject: Your Royal Mail parcel\n\nx\n", 1},
		"no brand in the subject":                     {"subject_has_brand", "From: x@evil.org\nSubject: Your parcel\n\nx\n", 0},
		"the author's domain has a brand":             {"author_domain_has_brand", "From: x@royalmail-parcel.org\n\nx\n", 1},
		"the author's host has a brand":               {"author_domain_has_brand", "From: x@paypal.account.org\n\nx\n", 1},
		"the author's domain is the brand's":          {"author_domain_has_brand", "From: x@service.paypal.com\n\nx\n", 0},
		"a link whose host has a brand":               {"link_has_brand", "From: x@evil.org\n\nhttp://paypa1-login.shop.org/\n", 1},
		"a link to the brand":                         {"link_has_brand", "From: x@evil.org\n\nhttp://www.paypal.com/\n", 0},
		"a link to the author, who has a brand":       {"link_has_brand", "From: x@paypal.shop.org\n\nhttp://paypal.shop.org/\n", 0},
		"a link to another domain of the brand":       {"link_has_brand", "From: x@evil.org\n\nhttp://www.paypalobjects.com/\n", 0},
		"a mail without author":                       {"name_has_brand", "Subject: x\n\nx\n", 0},
		"a brand that is no brand of these at all":    {"name_poses_as_brand", "From: Support Team <x@evil.org>\n\nx\n", 0},
		"another brand's domain under a brand's name": {"name_poses_as_brand", "From: PayPal <x@chase.com>\n\nx\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), brandLines, c.mail, "header", c.function); got != c.want {
				t.Errorf("%s: got %d, want %d", c.function, got, c.want)
			}
		})
	}
}

func TestBrandsAsAnAdminWritesThem(t *testing.T) {
	lines := evaltest.Lines{{"brand", "acme|acme_works Acme-Post.Test"}, {"brand", "acme_works other.test"}, {"brand", "studio54"}, {"brand_common", "acme_works"}, {"brand_words", "fan_club"}}
	for name, c := range map[string]struct {
		function, mail string
		want           int
	}{
		"a domain that was written in capitals":      {"name_poses_as_brand", "From: Acme <x@acme-post.test>\n\nx\n", 0},
		"a domain of another line":                   {"name_poses_as_brand", "From: Acme <x@other.test>\n\nx\n", 0},
		"a domain of the first line":                 {"link_has_brand", "From: x@evil.org\n\nhttp://acmeworks.acme-post.test/\n", 0},
		"a domain of nobody":                         {"name_poses_as_brand", "From: Acme Works <x@evil.org>\n\nx\n", 1},
		"a brand with digits":                        {"name_poses_as_brand", "From: Studio54 <x@evil.org>\n\nx\n", 1},
		"a brand with digits from its domain":        {"name_poses_as_brand", "From: Studio54 <x@studio54.test>\n\nx\n", 0},
		"words that go with brands":                  {"name_poses_as_brand", "From: Acme Fan Club <x@evil.org>\n\nx\n", 1},
		"a brand within a word, and by itself":       {"name_has_brand", "From: The Megaacme of Acme <x@evil.org>\n\nx\n", 1},
		"two words that are a brand too, in a host":  {"author_domain_has_brand", "From: x@acmeworks.evil.org\n\nx\n", 0},
		"a brand of the first line, in another host": {"author_domain_has_brand", "From: x@acme.evil.org\n\nx\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), lines, c.mail, "header", c.function); got != c.want {
				t.Errorf("%s: got %d, want %d", c.function, got, c.want)
			}
		})
	}
}

func TestBrandLinesThatAreWrong(t *testing.T) {
	for _, line := range []string{"brand ", "brand PayPal", "brand a||b", "brand caf\xc3\xa9", "brand x *", "brand x a*b", "brand x https://x.test/", "brand x info@x.test",
		"brand_words Support", "brand_words __", "brand_common Caf\xc3\xa9", "brand x " + strings.Repeat("y ", maxOfAll)} {
		key, value, _ := strings.Cut(line, " ")
		if known, err := New().Set(key, value); !known || err == nil {
			t.Errorf("%.99q: known %v, error %v", line, known, err)
		}
	}
}

func TestWhatIsNotKnownIsRefused(t *testing.T) {
	if _, err := New().Bind(eval.Call{Name: "author_of_it_all"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
	if _, err := New().Bind(eval.Call{Name: "author_is_reader", Args: []string{"x"}}); err == nil {
		t.Error("an argument is taken, want an error")
	}
	if known, _ := New().Set("agree_with", "x"); known || len(New().Plugins()) > 0 {
		t.Error("a directive or plugin is claimed")
	}
}

func TestHugeMailIsReadInTime(t *testing.T) {
	mail := "From: ann@bank.com\nTo: " + strings.Repeat("bobby@bank.com, ", 20_000) + "x@y.com\nSubject: " + strings.Repeat("bobbyb ", 1000) + "\n\n" + strings.Repeat("http://a.org/ ", 20_000)
	for function := range checks {
		evaltest.Ask(t, New(), nil, mail, "header", function)
	}
}
