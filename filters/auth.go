package filters

// AuthValue is a result word of RFC 8601 section 2.7.
type AuthValue string

// The result words (RFC 8601 sections 2.7.1 to 2.7.7).
const (
	None      AuthValue = "none"
	Pass      AuthValue = "pass"
	Fail      AuthValue = "fail"
	SoftFail  AuthValue = "softfail"
	Neutral   AuthValue = "neutral"
	Policy    AuthValue = "policy"
	TempError AuthValue = "temperror"
	PermError AuthValue = "permerror"
)

// Auth is one authentication result: a resinfo of RFC 8601 section 2.2.
type Auth struct {
	Method string     `json:"method"`           // spf, dkim, dmarc, arc, iprev
	Value  AuthValue  `json:"result"`           // pass, fail, …
	Reason string     `json:"reason,omitempty"` // for a person
	Domain string     `json:"domain,omitempty"` // the identity that was checked, lower case A-labels
	Props  []AuthProp `json:"props,omitempty"`
	Open   bool       `json:"open,omitempty"` // a pass that everybody would get (SPF's +all): it proves nothing
}

// AuthProp is a property such as smtp.mailfrom=example.org or header.d=example.org.
type AuthProp struct {
	Type  string `json:"type"`  // smtp, header, policy
	Name  string `json:"name"`  // mailfrom, d, s
	Value string `json:"value"` // unescaped
}
