package plugin

import (
	"testing"

	"weir/rules/eval"
)

// room is a room of functions that stands for some plugins.
type room []string

func (r room) Plugins() []string                { return r }
func (room) Set(string, string) (bool, error)   { return false, nil }
func (room) Bind(eval.Call) (eval.Check, error) { return nil, eval.ErrUnknown }
func testPlugins() *Plugins                     { return New([]eval.Room{room{"DMARC", "BodyEval"}}) }

func TestAllPluginsAreOnUntilPreFilesSayWhich(t *testing.T) {
	p := testPlugins()
	if !p.On(Prefix+"BodyEval") || !p.On(Prefix+"MIMEHeader") || p.Listed() {
		t.Error("without .pre files something is off")
	}
	p.List()
	if p.On(Prefix+"BodyEval") || p.On(Prefix+"MIMEHeader") || !p.Listed() || !p.On(Weir) {
		t.Error("what no .pre file loads is on, or Weir is not")
	}
	if !p.Load(Prefix+"BodyEval") || !p.On(Prefix+"BodyEval") {
		t.Error("loadplugin does nothing")
	}
	p.List()
	if !p.On(Prefix + "BodyEval") {
		t.Error("a second .pre file switched off what the first loaded")
	}
}

func TestNamesOfPlugins(t *testing.T) {
	p := testPlugins()
	for name, want := range map[string]bool{
		Prefix + "BodyEval": true, Prefix + "Dmarc": true, Prefix + "RaciallyCharged": true, "Weir": true,
		"BodyEval": false, Prefix + "Nonesuch": false, "": false, Prefix: false,
	} {
		if got := p.On(name); got != want {
			t.Errorf("%q: on %v, want %v", name, got, want)
		}
	}
	if p.Load("Evil") || p.Load("") || p.Load(Prefix+"Weir") {
		t.Error("a plugin that nothing stands for was loaded")
	}
	if !p.AnyOn(nil) || !p.AnyOn([]string{"Nonesuch", "BodyEval"}) || p.AnyOn([]string{"Nonesuch"}) {
		t.Error("AnyOn")
	}
}

func TestWhatModulesCan(t *testing.T) {
	p := testPlugins()
	p.Compat("old_names")
	for feature, want := range map[string]bool{
		"Mail::SpamAssassin::Conf::feature_bug6558_free": true, "Mail::SpamAssassin::Conf::feature_of_tomorrow": false,
		"Mail::SpamAssassin::Conf::compat_old_names": true, "Mail::SpamAssassin::Conf::compat_new_names": false,
		Prefix + "BodyEval::has_check_body_length": true, Prefix + "DKIM::has_arc": false, Prefix + "BodyEval::has_arc": false,
		"Weir::shadow": true, "Weir::magic": false, "Weir": false, "": false,
	} {
		if got := p.Can(feature); got != want {
			t.Errorf("%q: %v, want %v", feature, got, want)
		}
	}
	if p.List(); p.Can(Prefix + "BodyEval::has_check_body_length") {
		t.Error("a plugin that is off can do things")
	}
}
