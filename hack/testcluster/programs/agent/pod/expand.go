package pod

import "regexp"

var reference = regexp.MustCompile(`\$\$|\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)`)

// expand replaces $(NAME) by the variable; what is unknown stays, and $$ is a dollar.
// https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
func expand(text string, variables map[string]string) string {
	return reference.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$$" {
			return "$"
		}
		if value, ok := variables[found[2:len(found)-1]]; ok {
			return value
		}
		return found
	})
}

func expandAll(texts []string, variables map[string]string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = expand(text, variables)
	}
	return all
}
