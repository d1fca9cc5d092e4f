// Package office has the functions about macros and other dangers in Office files.
//
// The filter attachments opens such files, further than SpamAssassin's OLEVBMacro does; the functions say what it found.
// So they need the filters before the rules: where the rules are run alone, they say nothing.
package office

import (
	"weir/rules/eval"
	"weir/rules/view"
)

// New makes the room.
func New() eval.Room { return eval.Functions(bind, "OLEVBMacro") }

// found are the symbols that each function stands for; one of them is enough.
var found = map[string][]string{
	"check_olemacro":              {"ATTACHMENT_MACRO", "ATTACHMENT_MACRO_XLM"},
	"check_oleobject":             {"ATTACHMENT_OBJECT"},
	"check_olemacro_malice":       {"ATTACHMENT_MACRO_AUTORUN", "ATTACHMENT_MACRO_SUSPICIOUS"},
	"check_olemacro_encrypted":    {"ATTACHMENT_ENCRYPTED_DOCUMENT"},
	"check_olemacro_zip_password": {"ATTACHMENT_ENCRYPTED_ARCHIVE"},
	"check_olemacro_redirect_uri": {"ATTACHMENT_TEMPLATE"},
	"check_olemacro_csv":          {"ATTACHMENT_DDE"},
}

// elsewhere are functions whose finding has no symbol of its own.
var elsewhere = map[string]string{
	"check_olertfobject":          "the filter attachments reports such objects as ATTACHMENT_OBJECT",
	"check_olemacro_renamed":      "the filter attachments goes by content, and reports a wrong name as ATTACHMENT_TYPE_DIFFERS",
	"check_olemacro_download_exe": "the filter attachments reports macros that reach out as ATTACHMENT_MACRO_SUSPICIOUS",
	"check_olemacro_mhtml_uri":    "the filter attachments reports documents that load others as ATTACHMENT_TEMPLATE",
}

func bind(c eval.Call) (eval.Check, error) {
	if why := elsewhere[c.Name]; why != "" {
		return nil, &eval.Off{Why: why}
	}
	symbols := found[c.Name]
	if symbols == nil {
		return nil, eval.ErrUnknown
	}
	return func(m *view.Mail) int {
		if m.Facts.Symbol == nil {
			return 0
		}
		for _, s := range symbols {
			if m.Facts.Symbol(s) > 0 {
				return 1
			}
		}
		return 0
	}, nil
}
