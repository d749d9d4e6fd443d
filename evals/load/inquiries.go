package load

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"townclerk/evals"
)

// Inquiries reads inquiries with the department that should get each, a line for
// each: JSON with inquiry (or question), department and, where there are several,
// kind; or these parted by tabs, as department, kind, inquiry or department, inquiry.
// Empty lines and those that begin with # are left out.
func Inquiries(r io.Reader) ([]evals.Inquiry, error) {
	var out []evals.Inquiry
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.Trim(strings.TrimPrefix(lines.Text(), "\ufeff"), " \r")
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			continue
		}
		q, err := inquiry(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		out = append(out, q)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the inquiries: %w", err)
	}
	return out, nil
}

func inquiry(line string) (evals.Inquiry, error) {
	var q evals.Inquiry
	if line[0] == '{' {
		var object struct{ Inquiry, Question, Department, Kind string }
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			return q, err
		}
		q = evals.Inquiry{Department: object.Department, Kind: object.Kind, Text: or(object.Inquiry, object.Question)}
	} else {
		cells := strings.SplitN(line, "\t", 3)
		q.Department, q.Text = cells[0], cells[len(cells)-1]
		if len(cells) == 3 {
			q.Kind = cells[1]
		}
		if len(cells) == 1 {
			return q, fmt.Errorf("want a department, a tab and an inquiry")
		}
	}
	q.Department, q.Text = strings.TrimSpace(q.Department), strings.TrimSpace(q.Text)
	if q.Department == "" || q.Text == "" {
		return q, fmt.Errorf("want a department and an inquiry; for what is nobody's, the department %q", evals.Nobody)
	}
	return q, nil
}
