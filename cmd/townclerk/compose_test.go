package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// composed is what the test reads of docker-compose.yml.
type composed struct {
	Services map[string]struct {
		Image       string
		Build       struct{ Context, Dockerfile string }
		Command     []string
		Environment map[string]string
		Volumes     []string
		Healthcheck struct{ Test []string }
		User        string
		ReadOnly    bool     `yaml:"read_only"`
		CapDrop     []string `yaml:"cap_drop"`
		SecurityOpt []string `yaml:"security_opt"`
		Profiles    []string
	}
	Volumes map[string]any
}

// pinned is an image with a tag.
var pinned = regexp.MustCompile(`^[a-z0-9./-]+:([A-Za-z0-9._-]+)$`)

func TestComposeFile(t *testing.T) {
	var c composed
	text := readFile(t, "../../docker-compose.yml")
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Services) != 3 {
		t.Fatalf("%d services", len(c.Services))
	}
	for name, s := range c.Services {
		m := pinned.FindStringSubmatch(s.Image)
		if (m == nil || m[1] == "latest") == (s.Build.Dockerfile == "") {
			t.Errorf("%s: the image %q is not pinned", name, s.Image)
		}
		if len(s.Healthcheck.Test) < 2 || s.Healthcheck.Test[0] != "CMD" {
			t.Errorf("%s has no health check that does without a shell: %q", name, s.Healthcheck.Test)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may do more than it must: %+v", name, s)
		}
		if (s.User == "" || strings.HasPrefix(s.User, "0") || s.User == "root") && name != "models" {
			t.Errorf("%s runs as %q", name, s.User)
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if _, known := c.Volumes[source]; !known && (!strings.HasPrefix(source, "./") || !strings.HasSuffix(v, ":ro")) {
				t.Errorf("%s: the volume %s is neither declared nor read-only", name, v)
			}
		}
		for variable, value := range s.Environment {
			if secret := strings.HasSuffix(variable, "PASSWORD") || strings.HasSuffix(variable, "_KEY"); secret && !strings.HasPrefix(value, "${") {
				t.Errorf("%s: the secret %s stands in the file", name, variable)
			}
		}
	}
	server := c.Services["townclerk"]
	parseCommand(t, "serve", server.Command)
	parseCommand(t, "health", server.Healthcheck.Test[2:])
	if m := regexp.MustCompile(`:(\d+\.\d+\.\d+)-pg(\d\d)`).FindStringSubmatch(c.Services["postgres"].Image); m == nil || m[1] < "0.8.4" || m[2] < "15" {
		t.Errorf("Postgres is %s", c.Services["postgres"].Image)
	}
	if !slices.Equal(c.Services["models"].Profiles, []string{"models"}) {
		t.Error("the model server starts unasked")
	}
	sample := readFile(t, "../../.env.example")
	for _, m := range regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(sample, "\n"+m[1]+"=\n") {
			t.Errorf(".env.example does not have %s, or has a value for it", m[1])
		}
	}
}

// parseCommand holds a command line against the program's own.
func parseCommand(t *testing.T, want string, args []string) {
	t.Helper()
	k, err := kong.New(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.Parse(args); err != nil || got.Command() != want {
		t.Errorf("%q is not %s: %v", args, want, err)
	}
}

// The line that builds the program in the image builds a static one here.
func TestDockerfile(t *testing.T) {
	if testing.Short() {
		t.Skip("builds everything without cgo: run without -short")
	}
	text := readFile(t, "../Dockerfile")
	find := func(pattern string) []string {
		t.Helper()
		m := regexp.MustCompile(`(?m)^` + pattern + `$`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no line is %s", pattern)
		}
		return m
	}
	for _, m := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1) {
		if tag := pinned.FindStringSubmatch(m[1]); tag == nil || tag[1] == "latest" {
			t.Errorf("%s is not pinned", m[1])
		}
	}
	if module := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readFile(t, "../../go.mod")); !strings.HasPrefix(find(`FROM golang:(\S+) AS build`)[1], module[1]) {
		t.Errorf("the image's Go is not the module's, %s", module[1])
	}
	find(`USER 65532:65532`)
	entry := find(`ENTRYPOINT \["(.+)"\]`)[1]
	copied := find(`COPY --from=build (/out/\S+) (\S+)`)
	if copied[2] != entry {
		t.Errorf("the program is %s, what is started %s", copied[2], entry)
	}
	command := find(`CMD \[(.+)\]`)[1]
	parseCommand(t, "serve", strings.Split(strings.ReplaceAll(command, `"`, ""), ", "))
	out := filepath.Join(t.TempDir(), "townclerk")
	line := strings.Replace(find(`RUN (CGO_ENABLED=0 go build .*)`)[1], copied[1], out, 1)
	build := exec.Command("sh", "-c", line)
	build.Dir = "../.."
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+runtime.GOARCH)
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, said)
	}
	program, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Error("the program is not static")
	}
}

// What the program is built from is not kept out of the image's build.
func TestDockerignore(t *testing.T) {
	kept := readFile(t, "../../.dockerignore")
	list := exec.Command("go", "list", "-deps", "-f", "{{if .Module}}{{if .Module.Main}}{{.ImportPath}}{{end}}{{end}}", ".")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	folders := strings.Fields(string(out))
	if len(folders) < 20 {
		t.Fatalf("built from %q", folders)
	}
	for _, f := range folders {
		if top := strings.Split(f, "/")[1]; !strings.Contains(kept, "\n!"+top+"\n") {
			t.Errorf("%s is left out", top)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
