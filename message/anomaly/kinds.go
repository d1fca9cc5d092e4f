package anomaly

// Kind is one oddity. The zero value is not a kind.
type Kind uint8

// Oddities of a header block: the message's own, a part's or a nested message's.
const (
	HeaderMboxFrom     Kind = iota + 1 // an mbox "From " line in front of the fields
	HeaderNoColon                      // a line among the fields that is no field
	HeaderSpaceColon                   // white space between a name and its colon
	HeaderLeadingSpace                 // the first line begins with white space
	HeaderNameControl                  // NUL or another control character in a field's name
	HeaderNameEightBit                 // bytes above 127 in a field's name
	HeaderNUL                          // NUL in a field's value
	HeaderBareCR                       // CR without LF
	HeaderMacEnds                      // all lines end in CR alone
	HeaderMixedEnds                    // lines end in LF as well as in CRLF
	HeaderBlankFold                    // a line of white space only, which some programs take for the header's end
	HeaderNoEnd                        // text follows the fields without an empty line
	HeaderTooLong                      // longer than the limit: fields behind it were not read
	EncodedWordBad                     // an encoded word (RFC 2047) that can't be decoded
	EncodedWordControl                 // an encoded word that hides CR, LF or NUL
)

// Oddities of MIME fields and of the way a message is cut into parts.
const (
	TypeTwice           Kind = iota + 32 // several Content-Type fields that differ
	TypeBad                              // a Content-Type that is none
	ParamTwice                           // a parameter given several times, differently
	ParamOdd                             // parameters that programs read differently (comments, gaps, junk, RFC 2231)
	ParamMany                            // more parameters than are read
	BoundaryTwice                        // boundaries that differ and that both cut the body
	BoundaryMissing                      // a multipart without boundary parameter
	BoundaryEmpty                        // an empty boundary
	BoundaryOdd                          // a boundary that RFC 2046 forbids: too long, or with odd characters
	BoundaryPrefix                       // a line that only begins like the delimiter
	NoParts                              // a multipart whose boundary never appears
	NoFinal                              // the final delimiter is missing
	AfterEnd                             // content after the final delimiter
	PartsAfterEnd                        // more parts after the final delimiter
	PreambleLong                         // much text before the first delimiter
	EncodingTwice                        // several Content-Transfer-Encoding fields that differ
	EncodingUnknown                      // an unknown Content-Transfer-Encoding
	EncodingOnMultipart                  // base64 or quoted-printable on a multipart
	VersionMissing                       // MIME fields without MIME-Version
	FileNameTwice                        // a part with several file names
	FileNameControl                      // control characters in a file name
	FileNameBidi                         // characters that turn the direction of a file name (gpj.exe), or hide
	PartialMessage                       // message/partial: a fragment, its whole can't be scanned
	ExternalBody                         // message/external-body: the content is elsewhere
	DepthLimit                           // nested deeper than the limit: the rest was not read
	PartsLimit                           // more parts than the limit: the rest was not read
	ReadingsLimit                        // more ambiguous than is followed: some readings were not scanned
	BudgetLimit                          // the budget of decoded bytes is spent: some parts were not decoded
)

// Oddities of a part's content.
const (
	BodyNUL           Kind = iota + 80 // NUL in the message
	Base64Garbage                      // characters in base64 that are none
	Base64EarlyPad                     // base64 goes on after its padding
	QuotedBad                          // quoted-printable with broken escapes
	UUEncoded                          // a uuencoded file in a text
	UUBroken                           // a uuencoded file that is cut off or damaged
	YEncoded                           // a yEnc file in a text
	YEncBroken                         // a yEnc file that is cut off or damaged
	BinHex                             // a BinHex file
	BinHexBroken                       // a BinHex file that is cut off or damaged
	TNEF                               // winmail.dat
	TNEFBroken                         // a winmail.dat that is cut off or damaged
	SignedOpaque                       // S/MIME signed content inside of the signature
	SMIMEBroken                        // S/MIME that can't be opened, or is empty
	Encrypted                          // S/MIME or PGP encrypted: not scanned
	CharsetUnknown                     // a charset that nobody knows
	CharsetLying                       // text that is not in the charset that it names
	CharsetUTF7                        // UTF-7
	CharsetNoBOM                       // UTF-16 or UTF-32 without byte order mark
	CharsetUndeclared                  // 8-bit or UTF-16 text without a charset
	HTMLTruncated                      // HTML beyond the limits: the rest was not rendered
	LinksLimit                         // more links than the limit: the rest was not kept
)

var names = map[Kind]string{
	HeaderMboxFrom: "header-mbox-from", HeaderNoColon: "header-no-colon", HeaderSpaceColon: "header-space-colon",
	HeaderLeadingSpace: "header-leading-space", HeaderNameControl: "header-name-control",
	HeaderNameEightBit: "header-name-8bit", HeaderNUL: "header-nul", HeaderBareCR: "header-bare-cr",
	HeaderMacEnds: "header-mac-ends", HeaderMixedEnds: "header-mixed-ends", HeaderBlankFold: "header-blank-fold", HeaderNoEnd: "header-no-end",
	HeaderTooLong: "header-too-long", EncodedWordBad: "encoded-word-bad", EncodedWordControl: "encoded-word-control",

	TypeTwice: "type-twice", TypeBad: "type-bad", ParamTwice: "param-twice", ParamOdd: "param-odd",
	ParamMany: "param-many", BoundaryTwice: "boundary-twice", BoundaryMissing: "boundary-missing",
	BoundaryEmpty: "boundary-empty", BoundaryOdd: "boundary-odd", BoundaryPrefix: "boundary-prefix",
	NoParts: "no-parts", NoFinal: "no-final", AfterEnd: "after-end", PartsAfterEnd: "parts-after-end", PreambleLong: "preamble-long",
	EncodingTwice: "encoding-twice", EncodingUnknown: "encoding-unknown",
	EncodingOnMultipart: "encoding-on-multipart", VersionMissing: "version-missing",
	FileNameTwice: "file-name-twice", FileNameControl: "file-name-control", FileNameBidi: "file-name-bidi",
	PartialMessage: "partial-message", ExternalBody: "external-body", DepthLimit: "depth-limit",
	PartsLimit: "parts-limit", ReadingsLimit: "readings-limit", BudgetLimit: "budget-limit",

	BodyNUL: "body-nul", Base64Garbage: "base64-garbage", Base64EarlyPad: "base64-early-pad", QuotedBad: "quoted-bad",
	UUEncoded: "uuencoded", UUBroken: "uu-broken", YEncoded: "yencoded", YEncBroken: "yenc-broken",
	BinHex: "binhex", BinHexBroken: "binhex-broken", TNEF: "tnef", TNEFBroken: "tnef-broken",
	SignedOpaque: "signed-opaque", SMIMEBroken: "smime-broken", Encrypted: "encrypted",
	CharsetUnknown: "charset-unknown", CharsetLying: "charset-lying", CharsetUTF7: "charset-utf7",
	CharsetNoBOM: "charset-no-bom", CharsetUndeclared: "charset-undeclared", HTMLTruncated: "html-truncated",
	LinksLimit: "links-limit",
}

// String gives the kind's name, "unknown" for a value that is none.
func (k Kind) String() string {
	if name, ok := names[k]; ok {
		return name
	}
	return "unknown"
}

// Kinds lists all kinds, in the order of their values.
func Kinds() []Kind {
	var all []Kind
	for k := HeaderMboxFrom; k <= LinksLimit; k++ {
		if _, ok := names[k]; ok {
			all = append(all, k)
		}
	}
	return all
}
