// Weir is an inbound spam and antivirus filtering gateway: an SMTP proxy in front of any mail server.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"weir/rules/pattern"
)

// cli is the command line. Each command's Run is in the file of its name.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the gateway."`
	Scan    scanCmd    `cmd:"" help:"Judge mail in files, folders, mailboxes or standard input, and say why."`
	Learn   learnCmd   `cmd:"" help:"Teach by mail what is spam and what is wanted; show and take back what was learned."`
	Config  configCmd  `cmd:"" help:"Check, explain or write the configuration."`
	Rules   rulesCmd   `cmd:"" help:"Check or list the rules."`
	Explain explainCmd `cmd:"" help:"Say what a symbol means and where its score was set."`
	Doctor  doctorCmd  `cmd:"" help:"Look at all that Weir needs, before the first mail comes, and say what to do about what is wrong."`
	Health  healthCmd  `cmd:"" help:"Ask a running gateway whether it is ready."`
	Allow   allowCmd   `cmd:"" help:"Allow a sender, by hand."`
	Block   blockCmd   `cmd:"" help:"Block a sender, by hand."`

	Quarantine quarantineCmd `cmd:"" help:"List, show, release and delete mail that was kept for a person to look at."`
	Reputation reputationCmd `cmd:"" help:"Show or forget how mail from somewhere was judged."`
	Forget     forgetCmd     `cmd:"" help:"Remove every trace of a person or domain from what Weir remembers."`
	State      stateCmd      `cmd:"" help:"Show what is stored, and write and read backups of it."`

	DMARC dmarcCmd `cmd:"" name:"dmarc" help:"Send DMARC aggregate reports."`

	Password passwordCmd `cmd:"" help:"Make a hash of a password, for the config."`

	Version versionCmd `cmd:"" help:"Print the version."`
}

// exitCode is an error that only carries an exit code: what there was to say has been said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// exitUsage is the exit code of a wrong command line or configuration.
const exitUsage = 2

func main() { os.Exit(run(os.Args[1:])) }

// run parses the command line and runs the command. It returns the exit code.
func run(args []string) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("weir"), kong.Description("An inbound spam and antivirus filtering gateway."),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Help(help))
	if err != nil {
		fmt.Fprintln(os.Stderr, "weir:", err)
		return exitUsage
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "weir: %v; see %s --help\n", err, asked(err))
		return exitUsage
	}
	var code exitCode
	switch err := ctx.Run(); {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	default:
		fmt.Fprintln(os.Stderr, "weir:", err)
		return exitUsage
	}
}

// asked gives the command that the command line named, as far as it is one.
func asked(err error) string {
	if e := (*kong.ParseError)(nil); errors.As(err, &e) && e.Context != nil && e.Context.Selected() != nil {
		return e.Context.Selected().FullPath()
	}
	return "weir"
}

// help prints what is asked for. Of a command that does something without a subcommand (weir learn, weir state), that is
// the page of what it does: its flags are there.
func help(o kong.HelpOptions, ctx *kong.Context) error {
	if asked := ctx.Selected(); asked != nil && asked.DefaultCmd != nil {
		ctx.Path = append(ctx.Path, &kong.Path{Parent: asked, Command: asked.DefaultCmd})
	}
	return kong.DefaultHelpPrinter(o, ctx)
}

type versionCmd struct{}

// Run prints the version, and what the build finds patterns with.
func (versionCmd) Run() error {
	fmt.Println("weir", version())
	fmt.Println("patterns:", cmp.Or(pattern.Engine(), "pure Go"))
	return nil
}

// release is set by the linker for packages.
var release = ""

// version is the release, else the commit that Go noted, else "development".
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}
