namespace Skerry.Cli.Commands;

/// <summary>The scripts are thin: every decision is made by <c>skerry __complete</c>.</summary>
internal static class CompletionScripts
{
    internal const string Bash = """
        # bash completion for skerry
        _skerry() {
            local IFS=$'\n' words=() line
            COMPREPLY=()
            # bash splits at = and :, which stand inside words here
            local typed="${COMP_LINE:0:COMP_POINT}"
            IFS=$' \t' read -ra words <<< "$typed"
            [[ "$typed" == *[$' \t'] ]] && words+=("")
            local current="${words[${#words[@]}-1]}" prefix=""
            [[ "$current" == *[:=]* ]] && prefix="${current%"${current##*[:=]}"}"
            while IFS= read -r line; do
                if [[ "$line" == ":files" ]]; then
                    compopt -o default 2>/dev/null
                else
                    COMPREPLY+=("${line#"$prefix"}")
                fi
            done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
        }
        complete -o nosort -F _skerry skerry

        """;

    internal const string Zsh = """
        #compdef skerry
        _skerry() {
            local -a found
            found=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
            if (( ${found[(Ie):files]} )); then
                found=("${(@)found:#:files}")
                _files
            fi
            found=("${(@)found:#}")
            (( ${#found} )) && compadd -- "${found[@]}"
        }
        if [ "$funcstack[1]" = "_skerry" ]; then
            _skerry "$@"
        else
            compdef _skerry skerry
        fi

        """;

    internal const string Fish = """
        # fish completion for skerry
        function __skerry_complete
            set -l typed (commandline -opc)
            set -l current (commandline -ct)
            for line in ($typed[1] __complete $typed[2..-1] "$current" 2>/dev/null)
                if test "$line" = ":files"
                    __fish_complete_path "$current"
                else
                    echo $line
                end
            end
        end
        complete -c skerry -f -a '(__skerry_complete)'

        """;
}
