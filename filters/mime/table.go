package mime

import "weir/message/anomaly"

// row gives an anomaly its symbol.
type row struct {
	kind   anomaly.Kind
	symbol string
	score  float64
	text   string
}

// rows is the table of all symbols. docs/mime.md has the same rows. The tag threshold is 5: what honest programs
// produce stays at or below 0.5 or so, and all that an honest message has together below 1.5.
var rows = []row{
	{anomaly.HeaderMboxFrom, "MIME_HEADER_MBOX_FROM", 0, "an mbox \"From \" line stands before a header"},
	{anomaly.HeaderNoColon, "MIME_HEADER_NO_COLON", 0.5, "a line in a header is no field"},
	{anomaly.HeaderSpaceColon, "MIME_HEADER_SPACE_COLON", 1, "white space between a field's name and its colon"},
	{anomaly.HeaderLeadingSpace, "MIME_HEADER_LEADING_SPACE", 1.5, "a header begins with white space"},
	{anomaly.HeaderNameControl, "MIME_HEADER_NAME_CONTROL", 3, "control characters in a field's name"},
	{anomaly.HeaderNameEightBit, "MIME_HEADER_NAME_8BIT", 1, "8-bit characters in a field's name"},
	{anomaly.HeaderNUL, "MIME_HEADER_NUL", 2, "NUL in a header"},
	{anomaly.HeaderBareCR, "MIME_HEADER_BARE_CR", 1, "CR without LF in a header"},
	{anomaly.HeaderMacEnds, "MIME_HEADER_MAC_ENDS", 0.2, "lines that end in CR alone"},
	{anomaly.HeaderMixedEnds, "MIME_HEADER_MIXED_ENDS", 0, "a header has LF beside CRLF line ends"},
	{anomaly.HeaderBlankFold, "MIME_HEADER_BLANK_FOLD", 1, "a line of white space in a header, which some programs take for its end"},
	{anomaly.HeaderNoEnd, "MIME_HEADER_NO_END", 0.3, "no empty line between header and text"},
	{anomaly.HeaderTooLong, "MIME_HEADER_TOO_LONG", 2.5, "a header beyond the limit: its end was not read"},
	{anomaly.EncodedWordBad, "MIME_WORD_BAD", 0.2, "an encoded word that can't be decoded"},
	{anomaly.EncodedWordControl, "MIME_WORD_CONTROL", 2, "an encoded word hides a line end or NUL"},

	{anomaly.TypeTwice, "MIME_TYPE_TWICE", 2.5, "several Content-Type fields that differ"},
	{anomaly.TypeBad, "MIME_TYPE_BAD", 0.3, "a Content-Type that is none"},
	{anomaly.ParamTwice, "MIME_PARAM_TWICE", 1, "a parameter that programs read differently: given twice, quoted oddly, or in RFC 2231 pieces"},
	{anomaly.ParamOdd, "MIME_PARAM_ODD", 0.2, "malformed parameters: comments, doubled or missing semicolons, open quotes"},
	{anomaly.ParamMany, "MIME_PARAM_MANY", 2.5, "more parameters than are read"},
	{anomaly.BoundaryTwice, "MIME_BOUNDARY_TWICE", 3, "several boundaries, each of which cuts the body"},
	{anomaly.BoundaryMissing, "MIME_BOUNDARY_MISSING", 0.5, "a multipart without boundary"},
	{anomaly.BoundaryEmpty, "MIME_BOUNDARY_EMPTY", 2, "an empty boundary"},
	{anomaly.BoundaryOdd, "MIME_BOUNDARY_ODD", 0.3, "a boundary longer than 70 bytes or with characters that RFC 2046 forbids"},
	{anomaly.BoundaryPrefix, "MIME_BOUNDARY_PREFIX", 0.2, "a line that begins like a delimiter and goes on"},
	{anomaly.NoParts, "MIME_NO_PARTS", 0.5, "a multipart without any part"},
	{anomaly.NoFinal, "MIME_NO_FINAL", 0.2, "the final delimiter is missing"},
	{anomaly.AfterEnd, "MIME_AFTER_END", 0.1, "content after the final delimiter"},
	{anomaly.PartsAfterEnd, "MIME_PARTS_AFTER_END", 1.2, "more parts after the final delimiter"},
	{anomaly.PreambleLong, "MIME_PREAMBLE_LONG", 0.5, "much text before the first part"},
	{anomaly.EncodingTwice, "MIME_ENCODING_TWICE", 2.5, "several Content-Transfer-Encoding fields that differ"},
	{anomaly.EncodingUnknown, "MIME_ENCODING_UNKNOWN", 0.5, "an unknown Content-Transfer-Encoding"},
	{anomaly.EncodingOnMultipart, "MIME_ENCODING_ON_MULTIPART", 2, "base64 or quoted-printable on a multipart"},
	{anomaly.VersionMissing, "MIME_VERSION_MISSING", 0, "Content-Type without MIME-Version"},
	{anomaly.FileNameTwice, "MIME_NAME_TWICE", 1, "a part with two file names whose endings differ"},
	{anomaly.FileNameControl, "MIME_NAME_CONTROL", 1.5, "control characters in a file name"},
	{anomaly.FileNameBidi, "MIME_NAME_BIDI", 3, "a file name that is shown turned round or has hidden characters"},
	{anomaly.PartialMessage, "MIME_PARTIAL", 0.5, "a fragment of a message: its whole can't be scanned"},
	{anomaly.ExternalBody, "MIME_EXTERNAL_BODY", 0.5, "the content of a part is elsewhere: not scanned"},
	{anomaly.DepthLimit, "MIME_DEPTH_LIMIT", 3, "nested beyond the limit: the rest was not scanned"},
	{anomaly.PartsLimit, "MIME_PARTS_LIMIT", 3, "more parts than the limit: the rest was not scanned"},
	{anomaly.ReadingsLimit, "MIME_READINGS_LIMIT", 3, "too ambiguous: not every reading was scanned"},
	{anomaly.BudgetLimit, "MIME_BUDGET_LIMIT", 3, "too much to decode: some parts were not scanned"},

	{anomaly.BodyNUL, "MIME_NUL", 0.5, "NUL in the message"},
	{anomaly.Base64Garbage, "MIME_BASE64_GARBAGE", 0.5, "characters in base64 that are none"},
	{anomaly.Base64EarlyPad, "MIME_BASE64_EARLY_PAD", 1, "base64 goes on after its padding"},
	{anomaly.QuotedBad, "MIME_QUOTED_BAD", 0.3, "broken escapes in quoted-printable"},
	{anomaly.UUEncoded, "MIME_UUENCODED", 0, "a uuencoded file"},
	{anomaly.UUBroken, "MIME_UU_BROKEN", 0.5, "a damaged uuencoded file: not scanned whole"},
	{anomaly.YEncoded, "MIME_YENC", 0.5, "a yEnc file"},
	{anomaly.YEncBroken, "MIME_YENC_BROKEN", 0.5, "a damaged yEnc file: not scanned whole"},
	{anomaly.BinHex, "MIME_BINHEX", 0.3, "a BinHex file"},
	{anomaly.BinHexBroken, "MIME_BINHEX_BROKEN", 0.5, "a damaged BinHex file: not scanned whole"},
	{anomaly.TNEF, "MIME_TNEF", 0, "a winmail.dat"},
	{anomaly.TNEFBroken, "MIME_TNEF_BROKEN", 0.5, "a damaged winmail.dat: not scanned whole"},
	{anomaly.SignedOpaque, "MIME_SIGNED_OPAQUE", 0, "S/MIME signed content inside of its signature"},
	{anomaly.SMIMEBroken, "MIME_SMIME_BROKEN", 1, "S/MIME content that can't be opened: not scanned"},
	{anomaly.Encrypted, "MIME_ENCRYPTED", 0, "encrypted content: not scanned"},
	{anomaly.CharsetUnknown, "MIME_CHARSET_UNKNOWN", 0.5, "a charset that nobody knows"},
	{anomaly.CharsetLying, "MIME_CHARSET_LYING", 0.2, "text that is not in the charset that it names"},
	{anomaly.CharsetUTF7, "MIME_CHARSET_UTF7", 0.5, "text in UTF-7"},
	{anomaly.CharsetNoBOM, "MIME_CHARSET_NO_BOM", 0.3, "UTF-16 or UTF-32 without byte order mark"},
	{anomaly.CharsetUndeclared, "MIME_CHARSET_UNDECLARED", 0, "8-bit text without a charset"},
	{anomaly.HTMLTruncated, "MIME_HTML_LIMIT", 1.5, "HTML beyond the limits: its end was not rendered"},
	{anomaly.LinksLimit, "MIME_LINKS_LIMIT", 1.5, "more links than are kept: the rest was not checked"},
}
