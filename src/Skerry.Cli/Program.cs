using Skerry.Cli.Commands;

return EntryPoint.Run(args);
