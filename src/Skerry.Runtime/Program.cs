using Skerry.Runtime;

return EntryPoint.Run(args, Front.Run);
