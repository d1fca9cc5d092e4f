package headers

import "weir/scoring"

// symbols is all that the filter reports; docs/headers.md has the same table.
var symbols = []scoring.Symbol{
	{Name: "HEADERS_FROM_MISSING", Score: 1.5, Text: "no From field"},
	{Name: "HEADERS_DATE_MISSING", Score: 0.5, Text: "no Date field"},
	{Name: "HEADERS_SUBJECT_MISSING", Score: 0.3, Text: "no Subject, or an empty one"},
	{Name: "HEADERS_MESSAGE_ID_MISSING", Score: 0.4, Text: "no Message-ID field"},
	{Name: "HEADERS_TO_MISSING", Score: 0.3, Text: "neither To nor Cc nor Bcc"},
	{Name: "HEADERS_FROM_TWICE", Score: 2.5, Text: "several From fields: mail programs differ on which one they show"},
	{Name: "HEADERS_SUBJECT_TWICE", Score: 1, Text: "several Subject fields"},
	{Name: "HEADERS_DATE_TWICE", Score: 0.8, Text: "several Date fields"},
	{Name: "HEADERS_TO_TWICE", Score: 0.4, Text: "several To fields"},
	{Name: "HEADERS_MESSAGE_ID_TWICE", Score: 0.5, Text: "several Message-ID fields"},
	{Name: "HEADERS_OTHER_TWICE", Score: 0.4, Text: "several of a field that there may be one of (Sender, Reply-To, Cc, References, In-Reply-To)"},
	{Name: "HEADERS_DATE_BAD", Score: 1, Text: "a Date that can't be read"},
	{Name: "HEADERS_DATE_FORM", Score: 0.2, Text: "a Date not written as RFC 5322 asks, or without a zone"},
	{Name: "HEADERS_DATE_WEEKDAY", Score: 0.4, Text: "a Date whose weekday is another one"},
	{Name: "HEADERS_DATE_FUTURE", Score: 2, Text: "a Date in the future, beyond date_ahead"},
	{Name: "HEADERS_DATE_PAST", Score: 0.5, Text: "a Date long before the message came, beyond date_behind"},
	{Name: "HEADERS_FROM_NO_ADDRESS", Score: 0.5, Text: "a From field without an address"},
	{Name: "HEADERS_FROM_SEVERAL", Score: 0.5, Text: "several addresses in From"},
	{Name: "HEADERS_FROM_TRICK", Score: 2.5, Text: "a From field that shows one author to some mail programs and another to others"},
	{Name: "HEADERS_FROM_SYNTAX", Score: 0.3, Text: "a From field with bad syntax, or a group in it"},
	{Name: "HEADERS_FROM_NAME_ADDRESS", Score: 1.2, Text: "the display name in From is an address of another domain"},
	{Name: "HEADERS_FROM_NAME_DOMAIN", Score: 0.5, Text: "the display name in From has another domain than the address"},
	{Name: "HEADERS_FROM_LOOKALIKE", Score: 2, Text: "the domain in From mixes scripts or imitates Latin letters"},
	{Name: "HEADERS_TURNED_TEXT", Score: 1.5, Text: "Subject or From has characters that turn the direction of the text round"},
	{Name: "HEADERS_REPLY_TO_FREE_MAIL", Score: 0.4, Text: "replies go to a free-mail address, From has another domain"},
	{Name: "HEADERS_FREE_MAIL_SWITCH", Score: 1.5, Text: "From and Reply-To are different free-mail addresses"},
	{Name: "HEADERS_MESSAGE_ID_BAD", Score: 0.3, Text: "a Message-ID that is not <left@right>"},
	{Name: "HEADERS_RECEIVED_NONE", Score: 0.3, Text: "no Received field: written to us directly"},
	{Name: "HEADERS_RECEIVED_MANY", Score: 0.3, Text: "more than 50 Received fields"},
	{Name: "HEADERS_AUTHRES_FORGED", Score: 1, Text: "came with Authentication-Results in our name; removed"},
	{Name: "HEADERS_OWN_FIELDS", Score: 0, Text: "came with fields that only we set; removed"},
}
