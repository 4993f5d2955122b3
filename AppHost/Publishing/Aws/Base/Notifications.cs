using Analytics.AppHost.Publishing.Aws.CloudFormation;
using Analytics.AppHost.Publishing.Aws.Resources;

namespace Analytics.AppHost.Publishing.Aws.Base;

/// <summary>The topic that alarms are sent to, and who reads it.</summary>
internal static class Notifications
{
    private const string Publisher = "cloudwatch.amazonaws.com";

    /// <summary>Adds it.</summary>
    public static StackResource AddTo(Template template)
    {
        var key = template.Add("TopicKey", new Key
        {
            Description = "Encrypts the alarms' topic. SNS's own key is of no use here: CloudWatch may not use it, and its alarms would be lost without a word.",
            EnableKeyRotation = true,
            KeyPolicy = new(
                new Statement
                {
                    Sid = "Account",
                    Principal = new() { ["AWS"] = new Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root") },
                    Action = ["kms:*"],
                    Resource = ["*"],
                },
                new Statement
                {
                    Sid = "Alarms",
                    Principal = new() { ["Service"] = Publisher },
                    Action = ["kms:Decrypt", "kms:GenerateDataKey*"],
                    Resource = ["*"],
                    Condition = Statement.If("StringEquals", "aws:SourceAccount", new Ref("AWS::AccountId")),
                }),
        });
        var topic = template.Add("Topic", new Topic { TopicName = new Sub("${Prefix}-alarms"), KmsMasterKeyId = key.Ref });
        template.Add("TopicPolicy", new TopicPolicy
        {
            Topics = [topic.Ref],
            PolicyDocument = new(new Statement
            {
                Sid = "Alarms",
                Principal = new() { ["Service"] = Publisher },
                Action = ["sns:Publish"],
                Resource = [topic.Ref],
                Condition = Statement.If("StringEquals", "aws:SourceAccount", new Ref("AWS::AccountId")),
            }),
        });
        template.Add("TopicReader", new Subscription { TopicArn = topic.Ref, Protocol = "email", Endpoint = BaseParameters.AlarmEmail });
        return topic;
    }
}
