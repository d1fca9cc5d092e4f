package rules

import (
	"embed"
	"io/fs"
	"path"

	"weir/rules/source"
)

// File is a rules file in memory.
type File = source.File

// Read reads the rules files of paths; see source.Read.
func Read(paths ...string) ([]File, error) { return source.Read(paths...) }

//go:embed stock/*.cf
var stockFiles embed.FS

// Stock gives the rules that Weir ships, in their order.
func Stock() []File {
	entries, err := fs.ReadDir(stockFiles, "stock")
	if err != nil {
		panic("rules: the embedded rules are missing: " + err.Error())
	}
	files := make([]File, 0, len(entries))
	for _, e := range entries {
		data, err := fs.ReadFile(stockFiles, path.Join("stock", e.Name()))
		if err != nil {
			panic("rules: " + err.Error())
		}
		files = append(files, File{Name: "stock:" + e.Name(), Data: data})
	}
	return files
}
